// Opens the object's pages in Leaflet, with its plugin Leaflet-IIIF.

import { Pages } from "./pages.js";
import { sayBroken } from "./stage.js";

const BOXES_SEEN = 8; // as wide as a box that a link leads to is seen, in widths of the box

// Leaflet's places are those of a map; the corner of the picture is at 0, 0, and one pixel of it is one at `native` zoom.
function bounds(map, native, x, y, w, h) {
  return L.latLngBounds(map.unproject([x, y + h], native), map.unproject([x + w, y], native));
}

function light(map, layer, box) {
  const [x, y, w, h] = box;
  const around = Math.max(w, h) * ((BOXES_SEEN - 1) / 2);
  L.rectangle(bounds(map, layer.maxNativeZoom, x, y, w, h), { className: "lit" }).addTo(map);
  map.fitBounds(bounds(map, layer.maxNativeZoom, x - around, y - around, w + 2 * around, h + 2 * around));
}

if (typeof L === "undefined" || !L.tileLayer.iiif) {
  sayBroken();
} else {
  const plain = { zoomControl: false, attributionControl: false };
  const map = L.map("viewer", { crs: L.CRS.Simple, center: [0, 0], zoom: 0, ...plain });
  window.lecternViewer = map;
  const clear = () => map.eachLayer((layer) => layer.remove());
  new Pages({
    // The plugin builds the addresses of tiles from the address it is given, not from the `@id` that is in info.json.
    async show({ id }, box) {
      clear();
      const layer = L.tileLayer.iiif(`${id}/info.json`).addTo(map);
      await layer._infoPromise;
      if (box) light(map, layer, box);
    },
    clear,
    zoom: (factor) => (factor > 1 ? map.zoomIn() : map.zoomOut()),
  }).start();
}
