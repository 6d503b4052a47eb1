// Starts the reader's page: what its buttons and keys do.

import { remember, remembered } from "./memory.js";
import { Reader } from "./reader.js";
import { $, notice, panel, strip, toggle } from "./says.js";
import { completed, termsFor } from "./search.js";
import { suggest } from "./suggest.js";

const CLOSER = 1.5;
const WIDE = window.matchMedia("(min-width: 60rem) and (min-height: 40rem)");

const reader = new Reader();
const { stage } = reader;

async function fullScreen() {
  try {
    await (document.fullscreenElement ? document.exitFullscreen() : document.body.requestFullscreen());
  } catch {
    notice("This browser does not let the page fill the screen here.");
  }
}

async function copy({ currentTarget: button }) {
  const address = reader.address();
  try {
    await navigator.clipboard.writeText(address);
    button.textContent = "Copied";
  } catch {
    notice(`This browser did not let the link be copied. Here it is: ${address}`);
  }
}

const KEYS = {
  ArrowLeft: (event) => (event.shiftKey ? stage.pan(-1, 0) : reader.side(-1)),
  ArrowRight: (event) => (event.shiftKey ? stage.pan(1, 0) : reader.side(1)),
  ArrowUp: () => stage.pan(0, -1),
  ArrowDown: () => stage.pan(0, 1),
  PageUp: () => reader.turn(-1),
  PageDown: () => reader.turn(1),
  Home: () => reader.turn(-Infinity),
  End: () => reader.turn(Infinity),
  "+": () => stage.zoom(CLOSER),
  "=": () => stage.zoom(CLOSER),
  "-": () => stage.zoom(1 / CLOSER),
  0: () => stage.whole(),
  r: () => stage.rotate(),
  f: fullScreen,
  t: () => strip(),
  n: () => reader.finding.step(1),
  p: () => reader.finding.step(-1),
  "/": () => $("q").focus(),
  "?": () => $("keys").showModal(),
  Escape: () => panel(""),
};

const BUTTONS = {
  left: () => reader.side(-1),
  right: () => reader.side(1),
  "next-hit": KEYS.n,
  "previous-hit": KEYS.p,
  closer: KEYS["+"],
  farther: KEYS["-"],
  whole: KEYS[0],
  rotate: KEYS.r,
  fullscreen: KEYS.f,
  "show-strip": KEYS.t,
  "show-keys": KEYS["?"],
  "show-hits": () => toggle("hits"),
  "show-contents": () => toggle("contents"),
  "show-about": () => toggle("about"),
  close: () => panel(""),
  leave: () => reader.leave(),
  copy,
};

for (const [id, act] of Object.entries(BUTTONS)) $(id).addEventListener("click", act);
$("fullscreen").hidden = !document.fullscreenEnabled;
$("jump").addEventListener("change", () => reader.go(Number($("jump").value)));

// Keys of one letter or sign can be switched off, for those who speak to their machine (WCAG 2.1.4).
const letters = $("letters");
const LETTERS_OFF = "lectern-letters-off";
letters.checked = !remembered(LETTERS_OFF);
letters.addEventListener("change", () => remember(LETTERS_OFF, !letters.checked));

// Returns whether a key is left to the browser: what is beside the page and what lies on it is scrolled by it.
const scrolls = ({ key, target }) => /^(Arrow|Page|Home|End)/.test(key) && target.closest("#panel, #door, #access");

document.addEventListener("keydown", (event) => {
  const act = KEYS[event.key];
  if (!act || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  if (event.target.closest("input, select, textarea, dialog[open]") || scrolls(event)) return;
  if (event.key.length === 1 && !letters.checked) return;
  event.preventDefault();
  act(event);
});

const input = $("q");
suggest(input, $("terms"), {
  terms: (text, signal) => termsFor(reader.book?.search?.suggest, text, signal),
  picked: (term) => {
    input.value = completed(input.value, term);
    reader.finding.find(input.value);
  },
  entered: ({ shiftKey }) => {
    if (reader.finding.found && input.value.trim() === reader.finding.query) reader.finding.step(shiftKey ? -1 : 1);
    else reader.finding.find(input.value);
  },
});
input.addEventListener("input", () => input.value || reader.finding.forget());
$("find").addEventListener("submit", (event) => event.preventDefault());

strip(WIDE.matches);
reader.start();
