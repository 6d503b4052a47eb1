// Opens the object's pages in Leaflet, with its plugin Leaflet-IIIF.

import { Pages } from "./pages.js";
import { sayBroken, surroundings } from "./stage.js";

// Leaflet's places are those of a map; the corner of the picture is at 0, 0, and one pixel of it is one at `native` zoom.
function bounds(map, native, [x, y, w, h]) {
  return L.latLngBounds(map.unproject([x, y + h], native), map.unproject([x + w, y], native));
}

function light(map, layer, box) {
  L.rectangle(bounds(map, layer.maxNativeZoom, box), { className: "lit" }).addTo(map);
  map.fitBounds(bounds(map, layer.maxNativeZoom, surroundings(box)));
}

if (typeof L === "undefined" || !L.tileLayer.iiif) {
  sayBroken();
} else {
  const plain = { zoomControl: false, attributionControl: false };
  const map = L.map("viewer", { crs: L.CRS.Simple, center: [0, 0], zoom: 0, ...plain });
  window.lecternViewer = map;
  let current = null;
  const clear = () => {
    current = null;
    map.eachLayer((layer) => layer.remove());
  };
  new Pages({
    // The plugin builds the addresses of tiles from the address it is given, not from the `@id` that is in info.json.
    async show({ id }, box) {
      clear();
      const layer = L.tileLayer.iiif(`${id}/info.json`);
      current = layer;
      // A layer that is taken away before its info.json came breaks, and is drawn all the same when that comes.
      await layer._infoPromise;
      if (layer !== current) return;
      // With its first tile the layer has found its place.
      if (box) layer.once("tileload", () => light(map, layer, box));
      layer.addTo(map);
    },
    drawsPlain: false,
    clear,
    zoom: (factor) => (factor > 1 ? map.zoomIn() : map.zoomOut()),
  }).start();
}
