// Copies addresses, and lets the links of an object's page lead to the page that its viewer shows.
// Without a clipboard (plain http on another host) the links are there to be copied by hand.

import { encoded } from "./reader/state.js";

const told = document.getElementById("copied");

for (const button of document.querySelectorAll("[data-copy], [data-copy-from]")) {
  button.hidden = !navigator.clipboard;
  button.addEventListener("click", async () => {
    const { copy, copyFrom } = button.dataset;
    try {
      await navigator.clipboard.writeText(copy ?? document.getElementById(copyFrom).href);
      told.textContent = "Copied.";
    } catch {
      told.textContent = "This browser did not allow it. Copy the link itself.";
    }
  });
}

document.addEventListener("lectern:canvas", ({ detail: canvas }) => {
  const share = document.getElementById("share");
  const drag = document.getElementById("drag");
  const dragged = new URL(drag.href);
  const manifest = dragged.searchParams.get("manifest");
  dragged.searchParams.set("canvas", canvas);
  drag.href = dragged;
  const shared = new URL(share.href);
  const state = { id: canvas, type: "Canvas", partOf: [{ id: manifest, type: "Manifest" }] };
  shared.searchParams.set("iiif-content", encoded(state));
  share.href = shared;
});
