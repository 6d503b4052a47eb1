// What the scripts of all viewers need of the page they are on: what is to be opened, and whom to tell what is shown.

export const stage = document.getElementById("stage");

// Where to open the object: a canvas, its number from 0, and a box [x, y, w, h] on it; null for its beginning.
export const opening = stage.dataset.canvas
  ? {
      canvas: stage.dataset.canvas,
      index: Number(stage.dataset.n) - 1,
      box: stage.dataset.box ? stage.dataset.box.split(",").map(Number) : null,
    }
  : null;

const BOXES_SEEN = 8; // as wide as a box that a link leads to is seen, in widths of the box

// Returns what is seen of a page around a box, [x, y, w, h], so that a word stands in its lines.
export function surroundings([x, y, w, h]) {
  const around = Math.max(w, h) * ((BOXES_SEEN - 1) / 2);
  return [x - around, y - around, w + 2 * around, h + 2 * around];
}

// Says, in place of the viewer, that it did not come.
export function sayBroken() {
  const says = Object.assign(document.createElement("p"), { className: "notice", textContent: stage.dataset.broken });
  stage.replaceChildren(says);
}

// Tells the page which canvas is shown now; portal.js lets its links lead there.
export function tell(canvas) {
  if (canvas) document.dispatchEvent(new CustomEvent("lectern:canvas", { detail: canvas }));
}
