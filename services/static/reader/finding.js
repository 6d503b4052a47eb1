// The panel of hits: a query, what it found, and which hit is shown.

import { HitList } from "./panels.js";
import { el } from "./parts.js";
import { $, notice, panel } from "./says.js";
import { Search } from "./search.js";

const NOWHERE = { text: "In another book", lang: "" };

export class Finding {
  #reader;
  #search = null;
  #at = -1;
  #coming = null; // more hits that are on their way
  #list = new HitList($("found"), { chosen: (i) => this.#to(i), near: () => this.#ahead() });

  // `reader` is asked for its book and page, and told to go to a page or to light it anew.
  constructor(reader) {
    this.#reader = reader;
  }

  // Takes the search service of a book, null if it has none.
  begin(service) {
    $("find").hidden = $("show-hits").hidden = !service;
    if (service && !this.#search) this.#search = new Search(service.id);
  }

  get query() {
    return this.#search?.query ?? "";
  }

  // Returns whether there are hits to step through.
  get found() {
    return Boolean(this.#search?.hits.length);
  }

  // Returns the boxes on a canvas: those of the hit that is shown, and those of the others.
  boxesOn(canvasId) {
    const here = ({ canvas, box }) => box && canvas === canvasId;
    const boxes = (hits) => hits.flatMap(({ parts }) => parts.filter(here).map(({ box }) => box));
    const hits = this.#search?.hits ?? [];
    return { current: boxes(hits.filter((_, i) => i === this.#at)), rest: boxes(hits.filter((_, i) => i !== this.#at)) };
  }

  // Looks for a query; shows its first hit from the page that is open, or the one at `wanted`, { place, box }, and if
  // none is there, or the reader has turned the page since, stays where it is. A query that is asked `again` opens no
  // panel.
  async find(query, { wanted = null, again = false } = {}) {
    if (!query.trim()) return this.forget();
    const { place } = this.#reader;
    $("count").textContent = "Looking…";
    if (!again) panel("hits");
    try {
      await this.#search.ask(query.trim());
    } catch (error) {
      if (error.name !== "AbortError") this.#none(error.message);
      return undefined;
    }
    const { hits } = this.#search;
    if (!hits.length) return this.advise();
    this.#at = -1;
    this.#list.clear();
    this.#add(hits);
    this.#count();
    const turned = this.#reader.place !== place; // a reader who went on while the answer was on its way is not called back
    const hit = wanted ? (turned ? -1 : this.#hitAt(wanted)) : this.#from() % hits.length;
    return hit < 0 ? this.#reader.light() : this.#to(hit);
  }

  // Asks the same again, for a reader who may see more now, or less; stays on the page.
  async again() {
    if (!this.query) return;
    const { book, place } = this.#reader;
    const [box = null] = this.boxesOn(book.canvases[place].id).current;
    await this.find(this.query, { wanted: { place, box }, again: true });
  }

  // Forgets the query and its hits.
  forget() {
    this.#search?.clear();
    this.#none("");
    if (!$("hits").hidden) panel("");
  }

  // Goes so many hits on, around the end; fetches those that are not here yet.
  async step(hits) {
    if (!this.#search?.hits.length) return;
    const wanted = this.#at >= 0 ? this.#at + hits : this.#from() + Math.min(hits, 0);
    while (wanted >= this.#search.hits.length && (this.#coming || this.#search.more)) {
      if (!(await this.#ahead())) return;
    }
    const all = this.#search.hits.length;
    await this.#to((wanted + all) % all);
  }

  // Leaves the hit: another page was opened.
  leave() {
    this.#at = -1;
    if (this.#search?.hits.length) this.#count();
  }

  #add(hits) {
    const { book } = this.#reader;
    this.#list.add(hits, (canvas) => book.canvases[book.places.get(canvas)]?.label ?? NOWHERE);
  }

  // Fetches more hits, and returns whether they came. Scrolling and stepping may ask for the same ones at once.
  #ahead() {
    this.#coming ??= this.#more().finally(() => (this.#coming = null));
    return this.#coming;
  }

  async #more() {
    if (!this.#search?.more) return false;
    try {
      this.#add(await this.#search.ahead());
      this.#reader.light({ look: false });
      return true;
    } catch (error) {
      if (error.name !== "AbortError") notice(error.message, ["Try again", () => this.#ahead()]);
      return false;
    }
  }

  async #to(i) {
    const place = this.#reader.book.places.get(this.#search.hits[i]?.parts[0].canvas);
    if (place === undefined) return;
    this.#at = i;
    this.#list.mark(i);
    this.#count();
    await this.#reader.go(place, { hit: true });
  }

  // Returns the first hit on the open page or behind it; the number of hits if there is none.
  #from() {
    const { book, place } = this.#reader;
    const { hits } = this.#search;
    const from = hits.findIndex(({ parts }) => book.places.get(parts[0].canvas) >= place);
    return from < 0 ? hits.length : from;
  }

  #hitAt({ place, box }) {
    const { id } = this.#reader.book.canvases[place];
    const here = (part) => part.canvas === id && (!box || !part.box || overlap(part.box, box));
    return this.#search.hits.findIndex(({ parts }) => parts.some(here));
  }

  #count() {
    const { total, label, hits, truncated } = this.#search;
    const all = total === null ? label || `more than ${many(hits.length)}` : many(total);
    $("count").textContent = this.#at < 0 ? all[0].toUpperCase() + all.slice(1) : `${(this.#at + 1).toLocaleString("en")} of ${all}`;
    if (truncated.includes("query")) $("count").textContent += ". Only the first words of the query were looked for.";
    if (truncated.includes("patterns")) $("count").textContent += ". Of the words that fit, not all were looked for.";
    $("steps").hidden = !hits.length;
    $("copy").hidden = this.#at < 0 || !navigator.clipboard;
    $("copy").textContent = "Copy link to this hit";
  }

  // Says what could be tried, where nothing was found.
  advise() {
    if (this.#search?.total !== 0) return;
    const asked = el("b", { textContent: this.query, dir: "auto" });
    const point = (text, query = "", more = "") => el("li", {}, text, query && el("code", { textContent: query }), more);
    const points = [
      point("Is it printed otherwise? ", "harbour~", " finds misspelt words too."),
      point("Only the beginning is sure? ", "harb*", " finds words that begin so."),
      point("Fewer words find more: all of them must stand on one page."),
    ];
    if (this.#reader.shut) points.push(point("Not all of this book is open to you. What it says there is found by those who may see it."));
    this.#none("Nothing found", el("p", {}, "No page of this book has ", asked, "."), el("ul", {}, ...points));
  }

  #none(message, ...advice) {
    this.#at = -1;
    $("count").textContent = message;
    $("steps").hidden = true;
    this.#list.clear(el("div", { className: "advice" }, ...advice));
    this.#reader.light();
    this.#reader.write();
  }
}

const many = (count) => `${count.toLocaleString("en")} hit${count === 1 ? "" : "s"}`;

const overlap = (one, other) =>
  one.x < other.x + other.width && other.x < one.x + one.width && one.y < other.y + other.height && other.y < one.y + one.height;
