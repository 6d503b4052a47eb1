// The picture of a page, drawn by OpenSeadragon, with light on the hits. A canvas is 1 wide in its world.

/* global OpenSeadragon */

const SVG = "http://www.w3.org/2000/svg";
const READABLE = 20; // a hit is shown at least this high, in pixels of the screen
const NEAR = 6; // and no larger than so many times the whole page

const svg = (name, attributes) => {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
};

// Returns what OpenSeadragon draws a picture from: its info.json, or the static picture; throws if neither answers.
async function sourceOf(picture) {
  if (!picture.service) return { type: "image", url: picture.id };
  if (picture.info) return picture.info;
  const answer = await fetch(`${picture.service.id}/info.json`);
  const info = await answer.json();
  if (!info["@context"]) throw new Error(`${answer.status}`);
  if (answer.status >= 500 || answer.status === 404) throw new Error(`${answer.status}`);
  return info;
}

// A leaf of paper of a canvas' shape, for pages that have words and no picture.
function leaf({ width, height }) {
  const paper = `<svg xmlns="${SVG}" width="${width}" height="${height}"><rect width="100%" height="100%" fill="#fffdf8"/></svg>`;
  return { type: "image", url: `data:image/svg+xml,${encodeURIComponent(paper)}` };
}

// Returns a line of text that fills its box, upright or, where the box is much higher than wide, downwards.
function lineOf({ text, lang, box }) {
  const down = box.height > 2 * box.width && [...text].length > 1;
  const [along, across] = down ? [box.height, box.width] : [box.width, box.height];
  const rtl = /^[^\p{L}]*[\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Syriac}]/u.test(text);
  const place = down ? { x: box.x + box.width / 2, y: box.y } : { x: rtl ? box.x + box.width : box.x, y: box.y + 0.78 * box.height };
  const line = svg("text", {
    ...place, "font-size": 0.82 * across, textLength: along, lengthAdjust: "spacingAndGlyphs",
    direction: rtl ? "rtl" : "ltr", lang, ...(down ? { "writing-mode": "vertical-rl" } : {}),
  });
  line.textContent = text;
  return line;
}

export class Stage {
  #viewer;
  #canvas = null;
  #sheet = null; // the overlay over the whole canvas
  #items = [];
  #entire = true; // the whole page is shown, and stays so when the stage changes its size
  #turn = 0;

  // `failed` is called when a tile of the page that is shown could not be loaded.
  constructor(element, { failed }) {
    const still = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.#viewer = OpenSeadragon({
      element, drawer: "canvas", showNavigationControl: false, visibilityRatio: 0.4, maxZoomPixelRatio: 3,
      minZoomImageRatio: 0.8, viewportMargins: { left: 14, top: 14, right: 14, bottom: 14 }, animationTime: still ? 0 : 0.5, immediateRender: still, keyboardNavEnabled: false,
      gestureSettingsMouse: { clickToZoom: false, dblClickToZoom: true },
    });
    this.#viewer.addHandler("tile-load-failed", ({ tiledImage }) => this.#items.includes(tiledImage) && failed());
    for (const gesture of ["drag", "scroll", "pinch", "double-click"]) {
      this.#viewer.addHandler(`canvas-${gesture}`, () => { this.#entire = false; });
    }
    // OpenSeadragon goes on after it has told of a new size, to keep the place.
    this.#viewer.addHandler("after-resize", () => queueMicrotask(() => this.#entire && this.#viewer.viewport.goHome(true)));
    this.#viewer.overlaysContainer.classList.add("light");
    // Keys are the page's own; OpenSeadragon would take some of them for itself.
    this.#viewer.addHandler("canvas-key", (event) => { event.preventDefaultAction = true; });
    this.#viewer.addHandler("canvas-key-press", (event) => { event.preventDefaultAction = true; });
  }

  // Shows a canvas with its pictures, or a blank leaf for one that has none. The same canvas again keeps its place on
  // the stage: new pictures are laid over the old ones, which go when they are covered, or at once with `drop`.
  // Throws if a picture cannot be had; resolves once it is open.
  async show(canvas, pictures, { drop = false } = {}) {
    const turn = ++this.#turn;
    const same = canvas === this.#canvas;
    const sources = pictures.length ? await Promise.all(pictures.map(sourceOf)) : [leaf(canvas)];
    if (turn !== this.#turn) return false;
    const old = this.#items;
    this.#items = [];
    if (!same || drop) this.#remove(old);
    if (!same) this.#begin(canvas);
    const added = sources.map((tileSource, i) => this.#add(tileSource, pictures[i]?.place));
    const items = await Promise.all(added);
    if (turn !== this.#turn) {
      this.#remove(items);
      return false;
    }
    this.#items = items;
    if (same && !drop) this.#cover(items, old);
    this.#lay(items, Boolean(pictures[0]?.place) || !pictures.length);
    if (!same || (drop && this.#entire)) this.whole(true);
    return true;
  }

  // Takes every picture off the stage.
  clear() {
    this.#turn += 1;
    this.#remove(this.#items);
    this.#items = [];
    this.#canvas = null;
    this.#viewer.clearOverlays();
    this.#sheet = null;
  }

  // Lights boxes on the canvas, those of the current hit more.
  light(boxes, current) {
    this.#sheet?.querySelectorAll(".hit").forEach((each) => each.remove());
    const rects = [...boxes, ...current].map((box) => {
      const margin = 0.08 * Math.min(box.width, box.height);
      return svg("rect", {
        x: box.x - margin, y: box.y - margin, width: box.width + 2 * margin, height: box.height + 2 * margin,
        rx: 1.5 * margin, class: current.includes(box) ? "hit current" : "hit",
      });
    });
    this.#sheet?.prepend(...rects); // under the letters, if there are any
  }

  // Writes lines of text, { text, lang, box }, on the leaf.
  write(lines) {
    this.#sheet?.querySelectorAll("text").forEach((each) => each.remove());
    this.#sheet?.append(...lines.map(lineOf));
  }

  // Brings boxes before the reader's eyes: large enough to be read, with as much of the page around them as can be.
  look(boxes) {
    if (!boxes.length || !this.#sheet) return;
    const view = this.#viewer.viewport;
    const { scale, height } = this.#measures();
    const left = Math.min(...boxes.map(({ x }) => x)) * scale.x;
    const top = Math.min(...boxes.map(({ y }) => y)) * scale.y;
    const right = Math.max(...boxes.map(({ x, width }) => x + width)) * scale.x;
    const bottom = Math.max(...boxes.map(({ y, height: high }) => y + high)) * scale.y;
    const size = view.getContainerSize();
    const line = Math.min(...boxes.map((box) => Math.min(box.height, box.width))) * scale.y;
    const whole = view.getHomeZoom();
    const shown = view.getBounds();
    const inside = left >= shown.x && top >= shown.y && right <= shown.x + shown.width && bottom <= shown.y + shown.height;
    if (inside && line * view.getZoom() * size.x >= READABLE) return;
    this.#entire = false;
    const fits = Math.min(0.8 / (right - left), (0.8 * size.y) / size.x / (bottom - top));
    const zoom = Math.min(Math.max(view.getZoom(), READABLE / line / size.x), NEAR * whole, Math.max(fits, whole));
    view.zoomTo(zoom);
    const seen = size.y / size.x / zoom;
    const clamp = (value, span, all) => (span >= all ? all / 2 : Math.min(Math.max(value, span / 2), all - span / 2));
    view.panTo(new OpenSeadragon.Point(clamp((left + right) / 2, 1 / zoom, 1), clamp((top + bottom) / 2, seen, height)));
  }

  zoom(factor) {
    this.#entire = false;
    this.#viewer.viewport.zoomBy(factor);
    this.#viewer.viewport.applyConstraints();
  }

  pan(across, down) {
    this.#entire = false;
    const { width, height } = this.#viewer.viewport.getBounds();
    this.#viewer.viewport.panBy(new OpenSeadragon.Point((across * width) / 4, (down * height) / 4));
    this.#viewer.viewport.applyConstraints();
  }

  whole(atOnce = false) {
    this.#entire = true;
    this.#viewer.viewport.setRotation(0, atOnce);
    this.#viewer.viewport.goHome(atOnce);
  }

  rotate() {
    this.#viewer.viewport.setRotation(this.#viewer.viewport.getRotation() + 90);
  }

  #begin(canvas) {
    this.#canvas = canvas;
    this.#viewer.clearOverlays();
    this.#sheet = null;
  }

  #add(tileSource, place) {
    const { width } = this.#canvas;
    const at = place ? { x: place.x / width, y: place.y / width, width: place.width / width } : { x: 0, y: 0, width: 1 };
    return new Promise((resolve, reject) => {
      this.#viewer.addTiledImage({ tileSource, ...at, success: ({ item }) => resolve(item), error: reject });
    });
  }

  #remove(items) {
    for (const item of items) this.#viewer.world.removeItem(item);
  }

  // Takes what lies below away once it is covered.
  #cover(items, below) {
    const whole = () => items.every((item) => item.getFullyLoaded());
    if (whole()) {
      this.#remove(below);
      return;
    }
    const look = () => {
      if (!whole()) return;
      for (const item of items) item.removeHandler("fully-loaded-change", look);
      this.#remove(below);
    };
    for (const item of items) item.addHandler("fully-loaded-change", look);
  }

  // Lays a sheet over the canvas for light and letters; `exact` says that the canvas has its own shape, else it has
  // that of its picture, to which boxes are fitted.
  #lay(items, exact) {
    if (this.#sheet || !items.length) return;
    const { width, height } = this.#canvas;
    const high = exact ? height / width : items[0].getBounds().height;
    this.#sheet = svg("svg", { viewBox: `0 0 ${width} ${height}`, preserveAspectRatio: "none", class: "sheet" });
    this.#viewer.addOverlay({ element: this.#sheet, location: new OpenSeadragon.Rect(0, 0, 1, high) });
    this.#sheet.dataset.high = high;
  }

  #measures() {
    const height = Number(this.#sheet.dataset.high);
    return { height, scale: { x: 1 / this.#canvas.width, y: height / this.#canvas.height } };
  }
}
