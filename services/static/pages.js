// Pages of a manifest for a viewer that shows one picture at a time: which there are, turning them, and what is said of
// one that is restricted. It knows nothing of the viewer, which is given as { show(seen, box), clear(), zoom(factor),
// drawsPlain }, the last saying whether it draws a picture that has no image service.

import { closed, many, textOf } from "./authflow.js";
import { idOf, imageServices, resourceOf, typeOf } from "./reader/manifest.js";
import { el } from "./reader/parts.js";
import { opening, stage, tell } from "./stage.js";

const ASKS_THE_READER = /\/(login|clickthrough|kiosk)$/;
const ZOOM = 1.5;
const NOT_NOW = "The picture cannot be shown just now.";

// Returns the pages of a Presentation 3 manifest: { id, label, picture, service }, addresses or empty. Of image services
// that of version 2 is taken, which has the Auth 1 doors.
async function pagesOf(manifest) {
  const answer = await fetch(manifest);
  if (!answer.ok) throw new Error(answer.status);
  const { items } = await answer.json();
  return items.map((canvas) => {
    const [body = {}] = many(canvas.items?.[0]?.items?.[0]?.body);
    const resource = resourceOf(body);
    const services = imageServices(resource);
    const { id: service = "" } = services.find(({ version }) => version === 2) ?? services[0] ?? {};
    return { id: canvas.id, label: textOf(canvas.label), picture: typeOf(resource) === "Image" ? idOf(resource) : "", service };
  });
}

// Returns what a reader gets of an image: { info, id, shown, whole, door }. `door` is the Auth 1 service that asks him.
// A stranger is led to the small version, whose id is another (302), or is refused with the whole description (401).
async function look(service) {
  const answer = await fetch(`${service}/info.json`);
  if (!answer.ok && answer.status !== 401) throw new Error(answer.status);
  const info = await answer.json();
  const id = idOf(info).replace(/\/$/, "");
  const door = many(info.service).find((each) => each["@id"] && ASKS_THE_READER.test(each.profile));
  return { info, id, shown: answer.ok, whole: answer.ok && id === service, door };
}

export class Pages {
  #viewer;
  #pages = [];
  #at = 0;
  #turns = 0;
  #where = el("span", { className: "where" });
  #note = el("p", { className: "restricted", hidden: true });
  #before = el("button", { type: "button", textContent: "Previous page" });
  #after = el("button", { type: "button", textContent: "Next page" });

  constructor(viewer) {
    this.#viewer = viewer;
    this.#where.setAttribute("role", "status");
    this.#note.setAttribute("role", "status");
    const closer = el("button", { type: "button", textContent: "+", ariaLabel: "Zoom in" });
    const farther = el("button", { type: "button", textContent: "−", ariaLabel: "Zoom out" });
    this.#before.addEventListener("click", () => this.turn(this.#at - 1));
    this.#after.addEventListener("click", () => this.turn(this.#at + 1));
    closer.addEventListener("click", () => viewer.zoom(ZOOM));
    farther.addEventListener("click", () => viewer.zoom(1 / ZOOM));
    stage.classList.add("turned");
    stage.append(this.#note, el("div", { className: "bar" }, this.#before, this.#where, this.#after, farther, closer));
  }

  async start() {
    try {
      this.#pages = await pagesOf(stage.dataset.manifest);
    } catch {
      this.#say("The pages cannot be shown just now: their manifest did not come.");
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
    if (!seen?.shown) {
      this.#viewer.clear();
      return;
    }
    try {
      await this.#viewer.show(seen, box);
    } catch {
      if (turn === this.#turns) this.#say(NOT_NOW);
    }
  }

  // Returns what the reader gets of a page, and says what there is to be said of it.
  async #looked(page) {
    this.#say("");
    if (!page.service) return this.#plain(page);
    const turn = this.#turns;
    try {
      const seen = await look(page.service);
      if (turn !== this.#turns) return null; // what there is to be said is of another page now
      if (!seen.whole) {
        const rest = seen.shown ? "you see a small version of it." : "its picture is not shown.";
        this.#say(`This page is restricted: ${rest}`, seen.door);
      }
      return seen;
    } catch {
      if (turn === this.#turns) this.#say(NOT_NOW);
      return null;
    }
  }

  // Returns a picture that has no image service, for a viewer that draws such; says so where there is nothing to draw.
  #plain({ picture }) {
    if (picture && this.#viewer.drawsPlain) return { picture, shown: true, whole: true };
    this.#say(picture ? "The picture of this page has no image service, so it cannot be shown here." : "There is no picture of this page.");
    return null;
  }

  #say(text, door = null) {
    this.#note.replaceChildren(text);
    this.#note.hidden = !text;
    if (!door) return;
    const button = el("button", { type: "button", textContent: door.label });
    button.addEventListener("click", () => this.#enter(door));
    this.#note.append(" ", button);
  }

  // Opens the sign-in (or the terms) in a window, and looks at the page again when that is closed: the cookie counts.
  async #enter(door) {
    const opened = window.open(`${door["@id"]}?origin=${encodeURIComponent(location.origin)}`);
    if (!opened) return;
    await closed(opened);
    this.turn(this.#at);
  }
}
