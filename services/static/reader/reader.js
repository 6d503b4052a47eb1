// The reader: which page of the book is shown, how much of it, and with what light on it.

import { Access, wayIn } from "./access.js";
import { read } from "./manifest.js";
import { Finding } from "./finding.js";
import { Contents, Strip, facts } from "./panels.js";
import { el, value } from "./parts.js";
import { Stage } from "./stage.js";
import { addressOf, placeIn, readAddress, stateOf } from "./state.js";
import { linesOf } from "./text.js";
import { $, EMBEDDED, FRAMED, MANIFEST, door, keepingFocus, notice, panel, relabel, smallWords, ways } from "./says.js";

export class Reader {
  finding = new Finding(this);
  stage = new Stage($("viewer"), { failed: () => this.#doubt() });
  book = null;
  place = -1;
  #access = new Access();
  #strip = new Strip($("strip"), (place) => this.go(place));
  #contents = new Contents($("toc"), (place) => this.go(place));
  #region = null; // a box that a link names
  #turn = 0;
  #standings = [];
  #guarded = null; // the picture that the button to sign out is of
  #entered = false; // the reader was let in to restricted pictures
  #doubting = false;

  // Opens the book at what the address asks for.
  async start() {
    this.book = await this.#manifest();
    if (!this.book) return;
    this.#arrange();
    const { query, state, asked } = readAddress(window.location.href);
    const wanted = placeIn(state, this.book);
    this.go(wanted?.place ?? (asked || query ? 0 : this.book.start), { region: wanted?.box ?? null, written: false });
    if (asked && !wanted) notice("The link names a page that is not in this book. It is shown from its beginning.");
    $("q").value = query;
    if (query && this.book.search) await this.finding.find(query, { wanted });
  }

  async #manifest() {
    try {
      const answer = await fetch(MANIFEST, { headers: { Accept: "application/json" } });
      if (!answer.ok) throw new Error(answer.status);
      const book = read(await answer.json());
      if (book.canvases.length) return book;
      door("This book has no pages", "There is nothing in it to be shown.");
      return null;
    } catch {
      door("The book could not be opened", "Its manifest did not come.", ["Try again", () => window.location.reload()]);
      return null;
    }
  }

  #arrange() {
    const { book } = this;
    this.#strip.fill(book);
    this.#contents.fill(book.chapters);
    $("show-contents").hidden = !book.chapters.length;
    $("facts").replaceChildren(...facts(book));
    const label = ({ label: { text } }, i) => el("option", { value: i, textContent: text });
    $("jump").replaceChildren(...book.canvases.map(label));
    if (book.required) $("required").replaceChildren(el("span", { dir: "auto" }, ...value(book.required.value)));
    this.finding.begin(book.search);
    const [before, after] = book.rightToLeft ? ["right", "left"] : ["left", "right"];
    relabel(before, "Previous page");
    relabel(after, "Next page");
  }

  // Goes to a page; resolves when it is shown.
  async go(place, { region = null, hit = false, written = true } = {}) {
    const { canvases } = this.book;
    const turned = Math.min(Math.max(place, 0), canvases.length - 1);
    this.#region = region;
    if (!hit) this.finding.leave();
    const same = turned === this.place;
    this.place = turned;
    this.#tell();
    if (written) this.write();
    if (same) return this.light();
    notice("");
    return this.#draw();
  }

  // Goes so many pages on, in the order of reading.
  turn(pages) {
    if (this.book) this.go(this.place + pages);
  }

  // Goes to the page that lies to the left (-1) or to the right (1).
  side(direction) {
    this.turn(this.book?.rightToLeft ? -direction : direction);
  }

  // Returns whether something of this page is not open to this reader.
  get shut() {
    return this.#standings.some(({ kind }) => kind !== "open");
  }

  get #canvas() {
    return this.book.canvases[this.place];
  }

  #tell() {
    const { canvases, rightToLeft } = this.book;
    $("jump").value = this.place;
    $("where").textContent = `${this.place + 1} of ${canvases.length}`;
    $("viewer").setAttribute("aria-label", `Page ${this.#canvas.label.text}`);
    const ends = [this.place === 0, this.place === canvases.length - 1];
    [$("left").disabled, $("right").disabled] = rightToLeft ? ends.reverse() : ends;
    this.#strip.mark(this.place);
    this.#contents.mark(this.place);
  }

  // Returns the address of what is shown, in a window of its own unless `embedded`.
  address(embedded = false) {
    const [box = this.#region] = this.finding.boxesOn(this.#canvas.id).current;
    return addressOf(window.location.href, this.finding.query, stateOf(this.book, this.#canvas, box), embedded);
  }

  // Writes into the address bar what is shown.
  write() {
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
      this.finding.again();
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
    this.#guarded = canvas.pictures.find(({ probe }) => probe) ?? null;
    keepingFocus(["leave", "access", "door"], () => {
      $("leave").textContent = this.#access.wayOut(this.#guarded);
      $("leave").hidden = FRAMED || Boolean(shut) || !$("leave").textContent;
      this.#bar(shut);
    });
    this.finding.advise();
    if (canvas.pictures.length && !shown.length) {
      this.stage.clear();
      return;
    }
    try {
      if (!(await this.stage.show(canvas, shown, { drop })) || turn !== this.#turn) return;
      if (!canvas.pictures.length) await this.#leaf(canvas, turn);
      this.light();
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
    if (button.ariaDisabled) return;
    // A button that is really disabled loses the focus.
    Object.assign(button, { ariaDisabled: "true", textContent: "Waiting for the other window…" });
    const turn = this.#turn;
    const found = await this.#access.enter(picture);
    if (turn !== this.#turn) {
      await Promise.all([this.#draw(), this.finding.again()]);
      return;
    }
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
    await this.finding.again();
  }

  // Signs out; must be called by a click.
  async leave() {
    const turn = this.#turn;
    if (!this.#guarded) return;
    this.#entered = false;
    await this.#access.leave(this.#guarded);
    const { pictures } = this.#canvas;
    const standings = await Promise.all(pictures.map((each) => this.#access.look(each)));
    if (turn === this.#turn) await this.#changed(standings, { drop: true });
    else await this.#draw();
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

  // Lights the hits on the page, and brings the current one before the reader's eyes.
  light({ look = true } = {}) {
    if (this.place < 0) return;
    const { current, rest } = this.finding.boxesOn(this.#canvas.id);
    const lit = current.length || !this.#region ? current : [this.#region];
    this.stage.light(rest, lit);
    if (look) this.stage.look(lit);
  }
}
