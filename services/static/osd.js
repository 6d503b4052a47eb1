// Opens the object's pages in OpenSeadragon.

import { Pages } from "./pages.js";
import { sayBroken, surroundings } from "./stage.js";

function light(viewer, box) {
  const image = viewer.world.getItemAt(0);
  viewer.addOverlay({
    element: Object.assign(document.createElement("div"), { className: "lit" }),
    location: image.imageToViewportRectangle(...box),
  });
  viewer.viewport.fitBounds(image.imageToViewportRectangle(...surroundings(box)), true);
}

// Takes a plain picture away that came when another page was open already: OpenSeadragon lays it over that.
function remove(viewer, { url }) {
  const items = Array.from({ length: viewer.world.getItemCount() }, (_, i) => viewer.world.getItemAt(i));
  for (const item of items) {
    if (url && item.source.url === url) viewer.world.removeItem(item);
  }
}

// Returns a function that opens a picture and lights a box on it, whose promise is kept once it is open, or another
// was opened in its place; it is broken if the picture cannot be drawn.
function opener(viewer) {
  let opened = null;
  const ended = (end) => {
    const last = opened;
    opened = null;
    if (last) end(last);
  };
  viewer.addHandler("open", ({ source }) => {
    if (source !== opened?.source) {
      remove(viewer, source);
      return;
    }
    ended(({ box, resolve }) => {
      if (box) light(viewer, box);
      resolve();
    });
  });
  viewer.addHandler("open-failed", ({ message, options }) => {
    if (options?.tileSource === opened?.source) ended(({ reject }) => reject(new Error(message)));
  });
  viewer.addHandler("close", () => ended(({ resolve }) => resolve()));
  return (source, box) => new Promise((resolve, reject) => {
    viewer.open(source); // closes what was open first
    opened = { source, box, resolve, reject };
  });
}

if (typeof OpenSeadragon === "undefined") {
  sayBroken();
} else {
  const viewer = OpenSeadragon({
    id: "viewer",
    showNavigationControl: false,
    drawer: "canvas", // the WebGL one can only draw what is fetched without the reader's cookie
    gestureSettingsMouse: { clickToZoom: false, dblClickToZoom: true },
  });
  window.lecternViewer = viewer;
  const open = opener(viewer);
  new Pages({
    show: ({ info, picture }, box) => open(info ?? { type: "image", url: picture }, box),
    drawsPlain: true,
    clear: () => viewer.close(),
    zoom(factor) {
      viewer.viewport.zoomBy(factor);
      viewer.viewport.applyConstraints();
    },
  }).start();
}
