// Clover's React build as anybody embeds it; esbuild bundles it while the tests run (drivers/clover.py).
import { createElement } from "react";
import { createRoot } from "react-dom/client";
import Viewer from "@samvera/clover-iiif/viewer";

const iiifContent = new URLSearchParams(location.search).get("manifest");
// Hits are shown on the whole page instead of close by, where nobody could see their place on it.
const options = {
  canvasHeight: "90vh",
  openSeadragon: { showNavigator: false },
  contentSearch: { overlays: { zoomLevel: 1 } },
};
createRoot(document.getElementById("viewer")).render(createElement(Viewer, { iiifContent, options }));
