// Pages of a manifest for a viewer that shows one picture at a time: which there are, turning them, and what is said of
// one that is restricted. It knows nothing of the viewer, which is given as { show(info, box), clear(), zoom(factor) }.

import { textOf } from "./authflow.js";
import { opening, stage, tell } from "./stage.js";

const WINDOW_POLL_MS = 250;
const ASKS_THE_READER = /\/(login|clickthrough|kiosk)$/;
const ZOOM = 1.5;

const many = (value) => (Array.isArray(value) ? value : value ? [value] : []);

function made(tag, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

// Returns the pages of a Presentation 3 manifest: { id, label, service }, the image service's id or null.
async function pagesOf(manifest) {
  const answer = await fetch(manifest);
  if (!answer.ok) throw new Error(`The manifest answered ${answer.status}.`);
  const { items } = await answer.json();
  return items.map((canvas) => {
    const services = many(canvas.items?.[0]?.items?.[0]?.body?.service);
    const found = services.find((each) => /^ImageService/.test(each["@type"] ?? each.type));
    return { id: canvas.id, label: textOf(canvas.label), service: found ? (found["@id"] ?? found.id) : null };
  });
}

// Returns what a reader gets of an image: { info, id, shown, whole, door }. `door` is the Auth 1 service that asks him.
// A stranger is led to the small version, whose id is another (302), or is refused with the whole description (401).
async function look(service) {
  const answer = await fetch(`${service}/info.json`);
  if (!answer.ok && answer.status !== 401) throw new Error(`The picture answered ${answer.status}.`);
  const info = await answer.json();
  const id = info["@id"] ?? info.id;
  const door = many(info.service).find((each) => each["@id"] && ASKS_THE_READER.test(each.profile));
  return { info, id, shown: answer.ok, whole: answer.ok && id === service, door };
}

export class Pages {
  #viewer;
  #pages = [];
  #at = 0;
  #turns = 0;
  #where = made("span", { className: "where" });
  #note = made("p", { className: "restricted", hidden: true });
  #before = made("button", { type: "button", textContent: "Previous page" });
  #after = made("button", { type: "button", textContent: "Next page" });

  constructor(viewer) {
    this.#viewer = viewer;
    this.#where.setAttribute("role", "status");
    this.#note.setAttribute("role", "status");
    const closer = made("button", { type: "button", textContent: "+", ariaLabel: "Zoom in" });
    const farther = made("button", { type: "button", textContent: "−", ariaLabel: "Zoom out" });
    this.#before.addEventListener("click", () => this.turn(this.#at - 1));
    this.#after.addEventListener("click", () => this.turn(this.#at + 1));
    closer.addEventListener("click", () => viewer.zoom(ZOOM));
    farther.addEventListener("click", () => viewer.zoom(1 / ZOOM));
    stage.classList.add("turned");
    stage.append(this.#note, made("div", { className: "bar" }, this.#before, this.#where, this.#after, farther, closer));
  }

  async start() {
    try {
      this.#pages = await pagesOf(stage.dataset.manifest);
    } catch (error) {
      this.#say(`The pages cannot be shown just now. ${error.message}`);
      return;
    }
    const named = opening ? this.#pages.findIndex((page) => page.id === opening.canvas) : 0;
    await this.turn(Math.max(0, named), opening?.box);
  }

  // Shows a page, by its number from 0, and a box on it.
  async turn(n, box = null) {
    if (n < 0 || n >= this.#pages.length) return;
    const turn = ++this.#turns;
    const page = this.#pages[n];
    this.#at = n;
    const [number, all] = [n + 1, this.#pages.length];
    this.#where.textContent = page.label === `${number}` ? `Page ${number} of ${all}` : `${page.label} (${number} of ${all})`;
    this.#before.disabled = n === 0;
    this.#after.disabled = number === all;
    tell(page.id);
    const seen = await this.#looked(page);
    if (turn !== this.#turns) return; // the reader has turned on in the meantime
    if (seen?.shown) this.#viewer.show(seen, box);
    else this.#viewer.clear();
  }

  // Returns what the reader gets of a page, and says what there is to be said of it.
  async #looked(page) {
    this.#say("");
    if (!page.service) {
      this.#say("There is no picture of this page.");
      return null;
    }
    try {
      const seen = await look(page.service);
      if (!seen.whole) {
        const rest = seen.shown ? "you see a small version of it." : "its picture is not shown.";
        this.#say(`This page is restricted: ${rest}`, seen.door);
      }
      return seen;
    } catch (error) {
      this.#say(`The picture cannot be shown just now. ${error.message}`);
      return null;
    }
  }

  #say(text, door = null) {
    this.#note.replaceChildren(text);
    this.#note.hidden = !text;
    if (!door) return;
    const button = made("button", { type: "button", textContent: door.label });
    button.addEventListener("click", () => this.#enter(door));
    this.#note.append(" ", button);
  }

  // Opens the sign-in (or the terms) in a window, and looks at the page again when that is closed: the cookie counts.
  #enter(door) {
    const opened = window.open(`${door["@id"]}?origin=${encodeURIComponent(location.origin)}`);
    if (!opened) return;
    const timer = setInterval(() => {
      if (!opened.closed) return;
      clearInterval(timer);
      this.turn(this.#at);
    }, WINDOW_POLL_MS);
  }
}
