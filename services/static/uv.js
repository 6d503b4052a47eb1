// Opens the object in Universal Viewer.

import { opening, sayBroken, stage, tell } from "./stage.js";

// Universal Viewer tells pages by their number. Their ids are in the manifest, which is asked for once they are needed.
let canvases = null;

async function tellPage(index) {
  canvases ??= fetch(stage.dataset.manifest)
    .then((answer) => answer.json())
    .then((manifest) => manifest.sequences[0].canvases.map((canvas) => canvas["@id"]))
    .catch(() => []);
  tell((await canvases)[index]);
}

if (typeof UV === "undefined") {
  sayBroken();
} else {
  const data = { manifest: stage.dataset.manifest, embedded: true };
  if (stage.dataset.query) data.highlight = stage.dataset.query;
  if (opening) data.canvasIndex = opening.index;
  if (opening?.box) data.xywh = opening.box.join(",");
  const viewer = UV.init("viewer", data);
  window.lecternViewer = viewer;
  // A hit is shown on its page, as large as the page is: UV would fill the stage with the one word.
  viewer.on("configure", ({ cb }) => cb({ options: { zoomToBoundsEnabled: false } }));
  viewer.on("canvasIndexChange", tellPage);
}
