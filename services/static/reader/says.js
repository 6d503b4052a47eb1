// What the page says around the picture: notices, doors, the bar, and which panel is open.

import { el } from "./parts.js";

export const $ = (id) => document.getElementById(id);
export const { manifest: MANIFEST, alone: ALONE, embedded } = $("reader").dataset;
export const EMBEDDED = embedded !== undefined;
export const FRAMED = window.top !== window; // by another page, perhaps of another site: nothing is asked unasked there
const PANELS = ["hits", "contents", "about"];

export const ways = (button) => {
  const found = [];
  if (button) {
    const [label, act] = button;
    found.push(el("button", { type: "button", textContent: label, onclick: act }));
  }
  if (FRAMED) found.push(el("a", { href: ALONE, target: "_blank", rel: "noopener", textContent: "Open in a window of its own" }));
  return found;
};

export const smallWords = ({ heading, note, failed }) =>
  failed ? [el("b", { textContent: heading }), ` ${note}`] : [el("b", { textContent: "You see a small version." }), ` ${heading}`];

// Makes a change to elements, by their ids, that may hold the focus: if it takes the focused one away, the focus goes to
// the first way that they show then, else to the picture.
export function keepingFocus(ids, change) {
  const focused = document.activeElement;
  const held = ids.some((id) => $(id).contains(focused));
  change();
  if (!held || (focused.isConnected && !focused.closest("[hidden]"))) return;
  const ways = ids.flatMap((id) => [...document.querySelectorAll(`#${id}:not([hidden]) :is(button, a)`)]);
  (ways[0] ?? $("viewer").querySelector("[tabindex]"))?.focus({ preventScroll: true });
}

export function door(heading, note, button) {
  const told = [el("h2", { textContent: heading || "This page is not open to you" }), el("p", { textContent: note })];
  $("door").replaceChildren(el("div", { className: "card" }, ...told, ...ways(button)));
  $("door").hidden = false;
}

export function notice(text, button) {
  keepingFocus(["notice"], () => {
    $("notice").replaceChildren(text, ...(button ? [" ", ...ways(button)] : []));
    $("notice").hidden = !text;
  });
}

export function relabel(id, label) {
  $(id).setAttribute("aria-label", label);
  $(id).title = label;
}

// Shows one panel, or none for an empty name. A focus in the one before goes to its button, or into the new one.
export function panel(name) {
  const left = $("panel").contains(document.activeElement) && PANELS.find((each) => each !== name && !$(each).hidden);
  for (const each of PANELS) {
    $(each).hidden = each !== name;
    $(`show-${each}`).setAttribute("aria-expanded", String(each === name));
  }
  $("panel").hidden = !name;
  if (left) $(name ? `${name}-title` : `show-${left}`).focus();
}

export function toggle(name) {
  const open = $(name).hidden;
  panel(open ? name : "");
  if (open) $(`${name}-title`).focus();
}

export function strip(shown = $("strip").hidden) {
  $("strip").hidden = !shown;
  $("show-strip").setAttribute("aria-expanded", String(shown));
  if (shown) $("strip").querySelector("[aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
}

