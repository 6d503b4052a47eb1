// Opens the object's pages in OpenSeadragon.

import { Pages } from "./pages.js";
import { sayBroken } from "./stage.js";

const BOXES_SEEN = 8; // as wide as a box that a link leads to is seen, in widths of the box

function light(viewer, box) {
  const [x, y, w, h] = box;
  const image = viewer.world.getItemAt(0);
  const around = Math.max(w, h) * ((BOXES_SEEN - 1) / 2);
  viewer.addOverlay({
    element: Object.assign(document.createElement("div"), { className: "lit" }),
    location: image.imageToViewportRectangle(x, y, w, h),
  });
  viewer.viewport.fitBounds(
    image.imageToViewportRectangle(x - around, y - around, w + 2 * around, h + 2 * around),
    true,
  );
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
  new Pages({
    show({ info }, box) {
      viewer.clearOverlays();
      if (box) viewer.addOnceHandler("open", () => light(viewer, box));
      viewer.open(info);
    },
    clear: () => viewer.close(),
    zoom(factor) {
      viewer.viewport.zoomBy(factor);
      viewer.viewport.applyConstraints();
    },
  }).start();
}
