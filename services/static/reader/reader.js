// The reader: which page of the book is shown, how much of it, and with what light on it.

import { Access, wayIn } from "./access.js";
import { read } from "./manifest.js";
import { HitList, Strip, contents, facts, markChapter } from "./panels.js";
import { el, words } from "./parts.js";
import { Search } from "./search.js";
import { Stage } from "./stage.js";
import { addressOf, placeIn, readAddress, stateOf } from "./state.js";
import { linesOf } from "./text.js";
import { $, EMBEDDED, FRAMED, MANIFEST, door, notice, panel, relabel, smallWords, ways } from "./says.js";

export class Reader {
  #access = new Access();
  stage = new Stage($("viewer"), { failed: () => this.#doubt() });
  #list = new HitList($("found"), { chosen: (i) => this.#toHit(i), near: () => this.#ahead() });
  #strip = new Strip($("strip"), (place) => this.go(place));
  #search = null;
  #place = -1;
  #region = null; // a box that a link names
  #hit = -1;
  #turn = 0;
  #standings = [];
  #entered = false; // the reader was let in to restricted pictures
  #doubting = false;

  // Opens the book at what the address asks for.
  async start() {
    this.book = await this.#manifest();
    if (!this.book) return;
    this.#arrange();
    const { query, state, asked } = readAddress(window.location.href);
    const wanted = placeIn(state, this.book);
    if (asked && !wanted) notice("The link names a page that is not in this book. It is shown from its beginning.");
    await this.go(wanted?.place ?? 0, { region: wanted?.box ?? null, written: false });
    if (query) {
      $("q").value = query;
      await this.find(query, { wanted });
    }
  }

  async #manifest() {
    try {
      const answer = await fetch(MANIFEST, { headers: { Accept: "application/json" } });
      if (!answer.ok) throw new Error(answer.status);
      return read(await answer.json());
    } catch {
      door("The book could not be opened", "Its manifest did not come.", ["Try again", () => window.location.reload()]);
      return null;
    }
  }

  #arrange() {
    const { book } = this;
    this.#strip.fill(book);
    $("toc").replaceChildren(contents(book.chapters, (place) => this.go(place)) ?? "");
    $("show-contents").hidden = !book.chapters.length;
    $("facts").replaceChildren(...facts(book));
    const label = ({ label: { text } }, i) => el("option", { value: i, textContent: text });
    $("jump").replaceChildren(...book.canvases.map(label));
    if (book.required) $("required").replaceChildren(words("span", book.required.value));
    $("find").hidden = $("show-hits").hidden = !book.search;
    if (book.search && !this.#search) this.#search = new Search(book.search.id);
    const [before, after] = book.rightToLeft ? ["right", "left"] : ["left", "right"];
    relabel(before, "Previous page");
    relabel(after, "Next page");
  }

  // Goes to a page; resolves when it is shown.
  async go(place, { region = null, hit = -1, written = true } = {}) {
    const { canvases } = this.book;
    const turned = Math.min(Math.max(place, 0), canvases.length - 1);
    this.#region = region;
    this.#hit = hit;
    const same = turned === this.#place;
    this.#place = turned;
    this.#tell();
    if (written) this.#write();
    if (same) return this.#lit();
    notice("");
    return this.#draw();
  }

  // Goes so many pages on, in the order of reading.
  turn(pages) {
    if (this.book) this.go(this.#place + pages);
  }

  // Goes to the page that lies to the left (-1) or to the right (1).
  side(direction) {
    this.turn(this.book?.rightToLeft ? -direction : direction);
  }

  get #canvas() {
    return this.book.canvases[this.#place];
  }

  #tell() {
    const { canvases, rightToLeft } = this.book;
    $("jump").value = this.#place;
    $("where").textContent = `${this.#place + 1} of ${canvases.length}`;
    $("viewer").setAttribute("aria-label", `Page ${this.#canvas.label.text}`);
    const ends = [this.#place === 0, this.#place === canvases.length - 1];
    [$("left").disabled, $("right").disabled] = rightToLeft ? ends.reverse() : ends;
    this.#strip.mark(this.#place);
    markChapter($("toc"), this.#place);
    $("steps").hidden = !this.#search?.hits.length;
    $("copy").hidden = this.#hit < 0 || !navigator.clipboard;
    $("copy").textContent = "Copy link to this hit";
  }

  // Returns the address of what is shown, in a window of its own unless `embedded`.
  address(embedded = false) {
    const state = stateOf(this.book, this.#canvas, this.#boxes()[0] ?? this.#region);
    return addressOf(window.location.href, this.query, state, embedded);
  }

  #write() {
    window.history.replaceState(null, "", this.address(EMBEDDED));
  }

  // Pictures and access

  async #draw() {
    const turn = ++this.#turn;
    const { pictures } = this.#canvas;
    const found = await Promise.all(pictures.map((picture) => this.#access.look(picture)));
    if (turn !== this.#turn) return;
    const shut = found.findIndex(({ kind }) => kind !== "open");
    if (shut >= 0 && this.#entered && (await this.#again(turn, pictures[shut]))) return;
    await this.#apply(found);
    if (shut < 0 || FRAMED || found[shut].kind === "down") return;
    const renewed = await this.#access.renew(pictures[shut]);
    if (renewed && turn === this.#turn) await this.#changed(found.with(shut, renewed));
  }

  // Asks for a new token in place of one that ran out; returns whether all is said and done by it.
  async #again(turn, picture) {
    const renewed = FRAMED ? null : await this.#access.renew(picture, { again: true });
    if (turn !== this.#turn) return true;
    if (!renewed) {
      this.#entered = false;
      this.#searchAgain();
      return false;
    }
    await this.#apply(await Promise.all(this.#canvas.pictures.map((each) => this.#access.look(each))));
    return true;
  }

  // Shows what a reader may see, and what he is told.
  async #apply(standings, { drop = false } = {}) {
    const turn = this.#turn;
    const canvas = this.#canvas;
    this.#standings = standings;
    const shut = standings.find(({ kind }) => kind !== "open");
    const shown = standings.map(({ shown }) => shown).filter(Boolean);
    this.#entered ||= !shut && canvas.pictures.some(({ probe }) => probe);
    $("leave").textContent = this.#access.wayOut(canvas.pictures.find(({ probe }) => probe));
    $("leave").hidden = FRAMED || !$("leave").textContent;
    this.#bar(shut);
    if (canvas.pictures.length && !shown.length) {
      this.stage.clear();
      return;
    }
    try {
      if (!(await this.stage.show(canvas, shown, { drop })) || turn !== this.#turn) return;
      if (!canvas.pictures.length) await this.#leaf(canvas, turn);
      this.#lit();
    } catch {
      if (turn === this.#turn) notice("The picture of this page did not come.", ["Try again", () => this.#draw()]);
    }
  }

  async #leaf(canvas, turn) {
    const lines = await linesOf(canvas);
    if (turn !== this.#turn) return;
    this.stage.write(lines);
    notice(lines.length ? "There is no picture of this page. Its words stand where they were read." : "This page has no picture and no words.");
  }

  // Tells what is closed, with the way in: above a small version as a bar, in place of the page as a card.
  #bar(shut) {
    $("access").hidden = $("door").hidden = true;
    if (!shut) return;
    const picture = this.#canvas.pictures[this.#standings.indexOf(shut)];
    if (shut.kind === "down") {
      door("Not available just now", "Whether you may see this page could not be found out.", ["Try again", () => this.#draw()]);
      return;
    }
    const label = wayIn(picture.probe, { framed: FRAMED });
    const button = label ? [label, (event) => this.#enter(picture, event.currentTarget)] : null;
    if (shut.kind === "closed") door(shut.heading, shut.note, button);
    else $("access").replaceChildren(el("p", {}, ...smallWords(shut)), ...ways(button));
    $("access").hidden = shut.kind !== "small";
  }

  async #enter(picture, button) {
    Object.assign(button, { disabled: true, textContent: "Waiting for the other window…" });
    const turn = this.#turn;
    const found = await this.#access.enter(picture);
    if (turn !== this.#turn) return;
    const standings = this.#standings.with(this.#canvas.pictures.indexOf(picture), found);
    if (found.kind === "open") await this.#changed(await this.#others(standings));
    else await this.#apply(standings);
    if (found.kind !== "open" && !found.failed) notice("No window for it came up. Does this browser keep pop-ups back?");
  }

  async #others(standings) {
    return Promise.all(this.#canvas.pictures.map((each, i) => (standings[i].kind === "open" ? standings[i] : this.#access.look(each))));
  }

  // Shows what a reader sees who was let in just now, or is no longer.
  async #changed(standings, options) {
    await this.#apply(standings, options);
    const book = await this.#manifest();
    if (book?.canvases.length === this.book.canvases.length) {
      Object.assign(this.book, { ...book, canvases: this.book.canvases });
      this.#strip.fill(book);
      this.#strip.mark(this.#place);
    }
    await this.#searchAgain();
  }

  async leave() {
    const turn = this.#turn;
    const { pictures } = this.#canvas;
    const restricted = pictures.find(({ probe }) => probe);
    this.#entered = false;
    await this.#access.leave(restricted);
    const standings = await Promise.all(pictures.map((each) => this.#access.look(each)));
    if (turn === this.#turn) await this.#changed(standings, { drop: true });
  }

  // A tile did not come: perhaps the reader's time is over.
  async #doubt() {
    if (this.#doubting) return;
    this.#doubting = true;
    const turn = this.#turn;
    try {
      const { pictures } = this.#canvas;
      let found = await Promise.all(pictures.map((each) => this.#access.look(each)));
      const shut = found.findIndex(({ kind }) => kind !== "open");
      const before = this.#standings[shut]?.kind;
      if (turn !== this.#turn) return;
      if (shut < 0 || before !== "open" || found[shut].kind === "down") {
        notice("Some of this page did not come.", ["Try again", () => this.#apply(this.#standings, { drop: true })]);
        return;
      }
      const renewed = FRAMED ? null : await this.#access.renew(pictures[shut], { again: true });
      if (renewed) found = found.with(shut, renewed);
      if (turn !== this.#turn) return;
      this.#entered = Boolean(renewed);
      await this.#changed(found, { drop: true });
    } finally {
      this.#doubting = false;
    }
  }

  // Search

  // Looks for a query; shows its first hit, or the one that a link names.
  async find(query, { wanted = null, quiet = false } = {}) {
    if (!query.trim()) return this.forget();
    $("count").textContent = "Looking…";
    if (!quiet) panel("hits");
    try {
      await this.#search.ask(query.trim());
    } catch (error) {
      if (error.name !== "AbortError") this.#nothing(error.message, "");
      return undefined;
    }
    this.#list.clear();
    this.#list.add(this.#search.hits, (canvas) => this.#labelOf(canvas));
    this.#count();
    if (!this.#search.hits.length) return this.#advise();
    const hit = wanted ? this.#hitAt(wanted) : this.#firstFrom(this.#place);
    if (wanted && hit < 0) return this.#lit();
    return this.#toHit(hit);
  }

  // Forgets the query and its hits.
  forget() {
    this.#search?.clear();
    this.#list.clear();
    this.#hit = -1;
    $("count").textContent = "";
    if (!$("hits").hidden) panel("");
    this.#tell();
    this.#write();
    this.#lit();
  }

  // Goes so many hits on; fetches those that are not here yet.
  async step(hits) {
    if (!this.#search?.hits.length) return;
    const wanted = this.#hit + hits;
    if (wanted >= this.#search.hits.length) await this.#ahead();
    const all = this.#search.hits.length;
    await this.#toHit((wanted + all) % all);
  }

  get query() {
    return this.#search?.query ?? "";
  }

  async #ahead() {
    if (!this.#search.more) return;
    try {
      this.#list.add(await this.#search.ahead(), (canvas) => this.#labelOf(canvas));
      this.#lit();
    } catch (error) {
      if (error.name !== "AbortError") notice(error.message, ["Try again", () => this.#ahead()]);
    }
  }

  async #searchAgain() {
    const { query } = this;
    if (!query) return;
    const wanted = { place: this.#place, box: this.#boxes()[0] ?? null };
    await this.find(query, { wanted, quiet: true });
  }

  #labelOf(canvas) {
    return this.book.canvases[this.book.places.get(canvas)]?.label ?? { text: "Another book", lang: "" };
  }

  #count() {
    const { total, label, hits } = this.#search;
    const told = total ?? hits.length;
    $("count").textContent = total === null ? label || `More than ${hits.length} hits` : plural(told, "hit");
    if (this.#hit >= 0) $("count").textContent = `${(this.#hit + 1).toLocaleString("en")} of ${$("count").textContent}`;
  }

  #advise() {
    const closed = this.#standings.some(({ kind }) => kind !== "open");
    const asked = el("b", { textContent: this.query, dir: "auto" });
    this.#nothing("Nothing found", el("p", {}, "No page of this book has ", asked, "."), el("ul", {},
      el("li", {}, "Is it printed otherwise? ", el("code", { textContent: "harbour~" }), " finds misspelt words too."),
      el("li", {}, "Only the beginning is sure? ", el("code", { textContent: "harb*" }), " finds words that begin so."),
      el("li", {}, "Fewer words find more: all of them must stand on one page."),
      ...(closed ? [el("li", {}, "Some pages are not open to you. What they say is found by those who may see them.")] : [])));
  }

  #nothing(message, ...advice) {
    $("count").textContent = message;
    this.#list.clear(el("div", { className: "advice" }, ...advice));
    this.#hit = -1;
    this.#tell();
    this.#write();
    this.#lit();
  }

  #firstFrom(place) {
    const at = this.#search.hits.findIndex(({ parts }) => this.book.places.get(parts[0].canvas) >= place);
    return Math.max(at, 0);
  }

  #hitAt({ place, box }) {
    const { id } = this.book.canvases[place];
    const here = (part) => part.canvas === id && (!box || !part.box || overlap(part.box, box));
    return this.#search.hits.findIndex(({ parts }) => parts.some(here));
  }

  async #toHit(i) {
    const place = this.book.places.get(this.#search.hits[i]?.parts[0].canvas);
    if (place === undefined) return;
    this.#hit = i;
    this.#list.mark(i);
    this.#count();
    await this.go(place, { hit: i });
  }

  // Returns the boxes of the current hit on the page that is shown.
  #boxes() {
    const parts = this.#search?.hits[this.#hit]?.parts ?? [];
    return parts.filter(({ canvas, box }) => box && canvas === this.#canvas.id).map(({ box }) => box);
  }

  #lit() {
    const { id } = this.#canvas;
    const parts = (this.#search?.hits ?? []).flatMap((hit) => hit.parts);
    const own = this.#boxes();
    const current = own.length ? own : this.#region ? [this.#region] : [];
    const rest = parts.filter(({ canvas, box }) => box && canvas === id && !own.includes(box)).map(({ box }) => box);
    this.stage.light(rest, current);
    this.stage.look(current);
  }
}

const plural = (count, noun) => `${count.toLocaleString("en")} ${noun}${count === 1 ? "" : "s"}`;

const overlap = (one, other) =>
  one.x < other.x + other.width && other.x < one.x + one.width && one.y < other.y + other.height && other.y < one.y + one.height;

