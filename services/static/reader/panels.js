// What stands around the page: the hits, the contents, the facts, and the strip of pages.

import { el, link, value, words } from "./parts.js";

// Lets arrow keys move among the buttons of a list, of which one alone is in the tab order. Returns a function that
// marks a button as the current one, or none.
function roving(element, keys = ["ArrowUp", "ArrowDown"]) {
  const stop = (button) => {
    for (const each of element.querySelectorAll("button[tabindex='0']")) each.tabIndex = -1;
    if (button) button.tabIndex = 0;
  };
  element.addEventListener("keydown", (event) => {
    const step = keys.indexOf(event.key);
    if (step < 0) return;
    const all = [...element.querySelectorAll("button:enabled")];
    const next = all[all.indexOf(document.activeElement) + (step ? 1 : -1)];
    event.preventDefault();
    event.stopPropagation();
    if (!next) return;
    stop(next);
    next.focus();
  });
  return (button) => {
    for (const each of element.querySelectorAll("[aria-current]")) each.removeAttribute("aria-current");
    button?.setAttribute("aria-current", "true");
    stop(button ?? element.querySelector("button:enabled"));
    button?.scrollIntoView({ block: "nearest", inline: "center" });
  };
}

const AROUND = 60; // characters of a hit's surroundings in the list, a side

const NEAR = 300; // pixels that the end of the list may be out of sight when more is fetched

// Returns the first, or the last, of a text's words.
const head = (text) => (text.length > AROUND ? `${text.slice(0, AROUND).replace(/(?<=\s\S*)\s\S*$/, "")} …` : text);
const tail = (text) => (text.length > AROUND ? `… ${text.slice(-AROUND).replace(/^\S*\s(?=\S*\s)/, "")}` : text);

// Returns a page's label as a heading: a bare number says what it counts.
const pageName = ({ text, lang }) => ({ text: /^([\d]+|[ivxlc]+)$/i.test(text) ? `Page ${text}` : text, lang });

// The list of hits, grouped by page; `chosen(i)` is called for a click, `near` when its end comes into sight.
export class HitList {
  #element;
  #mark;
  #buttons = [];
  #group = null;
  #end = el("div");
  #chosen;
  #sight;

  constructor(element, { chosen, near }) {
    this.#element = element;
    this.#chosen = chosen;
    this.#mark = roving(element);
    const seen = (entries) => entries.at(-1).isIntersecting && near();
    this.#sight = new IntersectionObserver(seen, { root: element.parentElement, rootMargin: `0px 0px ${NEAR}px` });
  }

  clear(...children) {
    this.#buttons = [];
    this.#group = null;
    this.#element.replaceChildren(...children);
  }

  // Adds hits behind those that are there; `pageOf` returns { text, lang } of a hit's page.
  add(hits, pageOf) {
    for (const hit of hits) {
      const i = this.#buttons.length;
      const [{ canvas }] = hit.parts;
      if (this.#group?.canvas !== canvas) {
        const list = el("ol");
        this.#element.append(el("section", {}, words("h3", pageName(pageOf(canvas))), list));
        this.#group = { canvas, list };
      }
      const told = hit.exact ? [tail(hit.prefix), el("mark", { textContent: hit.exact }), head(hit.suffix)] : ["A place on this page"];
      const button = el("button", { type: "button", dir: "auto", tabIndex: i ? -1 : 0 }, ...told);
      button.addEventListener("click", () => this.#chosen(i));
      this.#buttons.push(button);
      this.#group.list.append(el("li", {}, button));
    }
    this.#element.append(this.#end);
    // Asked anew, for it tells changes alone: the end may be in sight again before it was seen to be out of it.
    this.#sight.unobserve(this.#end);
    this.#sight.observe(this.#end);
  }

  mark(i) {
    this.#mark(this.#buttons[i]);
  }
}

// The strip of pages, as small pictures where the manifest has any.
export class Strip {
  #element;
  #mark;
  #buttons = [];

  constructor(element, turn) {
    this.#element = element;
    this.turn = turn;
    this.#mark = roving(element, []); // arrows turn pages, here too
  }

  fill(book) {
    this.#element.dir = book.rightToLeft ? "rtl" : "ltr";
    this.#buttons = book.canvases.map(({ label, thumbnail, width, height }, place) => {
      const picture = thumbnail
        ? el("img", { alt: "", loading: "lazy", decoding: "async", src: thumbnail.src }) // `src` begins to load it
        : el("span", { className: "blank-page" });
      picture.style.aspectRatio = `${width} / ${height}`;
      const button = el("button", { type: "button", tabIndex: -1 }, picture, words("span", label));
      button.addEventListener("click", () => this.turn(place));
      return button;
    });
    this.#element.replaceChildren(el("ol", {}, ...this.#buttons.map((button) => el("li", {}, button))));
  }

  mark(place) {
    const inside = this.#element.contains(document.activeElement);
    this.#mark(this.#buttons[place]);
    if (inside) this.#buttons[place]?.focus();
  }
}

// The table of contents, as nested lists of buttons; `turn(place)` is called for a click.
export class Contents {
  #element;
  #mark;
  #turn;
  #buttons = []; // { button, begins }

  constructor(element, turn) {
    this.#element = element;
    this.#turn = turn;
    this.#mark = roving(element);
  }

  fill(chapters) {
    this.#buttons = [];
    this.#element.replaceChildren(...(chapters.length ? [this.#list(chapters)] : []));
  }

  // Marks the chapter that a page is in: the last one that begins on it or before it.
  mark(place) {
    let found = null;
    for (const each of this.#buttons) {
      if (each.begins >= 0 && each.begins <= place && (!found || each.begins >= found.begins)) found = each;
    }
    this.#mark(found?.button);
  }

  #list(chapters) {
    return el("ol", {}, ...chapters.map((chapter) => this.#item(chapter)));
  }

  #item({ label, place, inside }) {
    const button = words("button", label, { type: "button", disabled: place < 0, tabIndex: -1 });
    button.addEventListener("click", () => this.#turn(place));
    this.#buttons.push({ button, begins: place });
    return el("li", {}, button, ...(inside.length ? [this.#list(inside)] : []));
  }
}

// Returns what a manifest tells of its book.
export function facts(book) {
  const row = (label, ...told) => el("div", {}, label, el("dd", { dir: "auto" }, ...told));
  const rows = [...book.facts, ...(book.required ? [book.required] : [])]
    .map((fact) => row(words("dt", fact.label), ...value(fact.value)));
  if (book.providers.length) rows.push(row(el("dt", { textContent: "From" }), book.providers.map(({ text }) => text).join(", ")));
  if (book.rights) rows.push(row(el("dt", { textContent: "Rights" }), link(book.rights, rightsName(book.rights))));
  const summary = book.summary.text ? [el("p", { dir: "auto", lang: book.summary.lang }, ...value(book.summary))] : [];
  return [words("p", book.label, { className: "whole-title" }), ...summary, el("dl", {}, ...rows)];
}

// Returns a licence's short name where its address tells it, else the address.
export function rightsName(address) {
  const [, kind, version] = /creativecommons\.org\/(?:licenses|publicdomain)\/([a-z-]+)\/([\d.]+)/.exec(address) ?? [];
  if (kind === "zero") return `CC0 ${version}`;
  if (kind === "mark") return "Public Domain Mark";
  return kind ? `CC ${kind.toUpperCase()} ${version}` : address;
}
