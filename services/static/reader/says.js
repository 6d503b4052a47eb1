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

export function door(heading, note, button) {
  const told = [el("h2", { textContent: heading || "This page is not open to you" }), el("p", { textContent: note })];
  $("door").replaceChildren(el("div", { className: "card" }, ...told, ...ways(button)));
  $("door").hidden = false;
}

export function notice(text, button) {
  $("notice").replaceChildren(text, ...(button ? [" ", ...ways(button)] : []));
  $("notice").hidden = !text;
}

export function relabel(id, label) {
  $(id).setAttribute("aria-label", label);
  $(id).title = label;
}

// Shows one panel, or none for an empty name; returns whether it is shown.
export function panel(name) {
  for (const each of PANELS) {
    $(each).hidden = each !== name;
    $(`show-${each}`).setAttribute("aria-expanded", String(each === name));
  }
  $("panel").hidden = !name;
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

