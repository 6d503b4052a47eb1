// Opens the object in Universal Viewer.
"use strict";

const stage = document.getElementById("stage");
if (typeof UV === "undefined") {
  const says = Object.assign(document.createElement("p"), { className: "notice", textContent: stage.dataset.broken });
  stage.replaceChildren(says);
} else {
  const data = { manifest: stage.dataset.manifest, embedded: true };
  if (stage.dataset.query) data.highlight = stage.dataset.query;
  window.lecternViewer = UV.init("viewer", data);
  // A hit is shown on its page, as large as the page is: UV would fill the stage with the one word.
  window.lecternViewer.on("configure", ({ cb }) => cb({ options: { zoomToBoundsEnabled: false } }));
}
