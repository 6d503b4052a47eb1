// Opens the object in Mirador, and mends two things that Mirador 4.0.0 does not do well by itself.

import { opening, sayBroken, stage, surroundings, tell } from "./stage.js";

const REDRAW_AFTER_MS = 50;

// Mirador keeps the tiles it drew first: after a sign-in the page stays small or blank, after a sign-out it stays
// clear, until the reader turns the page. Taking the image's description out of the store and putting the same one
// back makes it draw anew.
function redrawWhenAccessChanges(store) {
  const known = new Map();
  store.subscribe(() => {
    const infos = store.getState().infoResponses;
    for (const id of known.keys()) {
      if (!(id in infos)) known.delete(id);
    }
    for (const [id, info] of Object.entries(infos)) {
      if (info.isFetching || !info.json) continue;
      const before = known.get(id);
      known.set(id, info.degraded);
      if (before !== undefined && before !== info.degraded) redraw(store, id, info);
    }
  });
}

function redraw(store, id, info) {
  store.dispatch(Mirador.removeInfoResponse(id));
  setTimeout(() => {
    const { accessTokens, infoResponses, windows } = store.getState();
    if (infoResponses[id]) return; // Mirador has asked for it again in the meantime
    if (info.degraded) {
      const [windowId] = Object.keys(windows);
      store.dispatch(Mirador.receiveDegradedInfoResponse(id, info.json, true, undefined, windowId));
    } else {
      const token = accessTokens[info.tokenServiceId] ? info.tokenServiceId : undefined;
      store.dispatch(Mirador.receiveInfoResponse(id, info.json, true, token));
    }
  }, REDRAW_AFTER_MS);
}

// Searches as a reader would, by the panel's own form. A search that is started any other way (a window's
// `defaultSearchQuery`, an action) is sent twice by the panel, and the second answer can break the window.
function searchByForm(query) {
  const watch = new MutationObserver(() => {
    const input = document.querySelector("#viewer input[id^='search-']");
    if (!input) return;
    watch.disconnect();
    input.focus();
    // React notices a new value only if it is set past its own setter.
    Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value").set.call(input, query);
    input.dispatchEvent(new Event("input", { bubbles: true }));
    setTimeout(() => {
      input.form.requestSubmit();
      input.blur(); // closes the suggestions, which would cover the hits
    });
  });
  watch.observe(document.getElementById("viewer"), { childList: true, subtree: true });
}

// Where Mirador opens the object.
function place() {
  if (!opening) return {};
  const { canvas: canvasId, box } = opening;
  if (!box) return { canvasId };
  const [x, y, w, h] = surroundings(box);
  return { canvasId, initialViewerConfig: { x: x + w / 2, y: y + h / 2, zoom: 1 / Math.max(w, h) } };
}

function configuration() {
  const dark = window.matchMedia("(prefers-color-scheme: dark)").matches;
  return {
    id: "viewer",
    windows: [{ manifestId: stage.dataset.manifest, ...place() }],
    selectedTheme: dark ? "dark" : "light",
    themes: {
      light: { palette: { primary: { main: "#7b2d26" }, secondary: { main: "#7b2d26" } } },
      dark: { palette: { primary: { main: "#e3a58f" }, secondary: { main: "#e3a58f" } } },
    },
    window: {
      allowClose: false,
      allowMaximize: false,
      allowFullscreen: true,
      sideBarOpen: window.innerWidth > 800 || Boolean(stage.dataset.query),
      defaultSideBarPanel: stage.dataset.searchable === "yes" ? "search" : "info",
      panels: { info: true, attribution: true, canvas: true, annotations: true, search: true },
      switchCanvasOnSearch: true,
    },
    workspace: { showZoomControls: true },
    workspaceControlPanel: { enabled: false },
  };
}

function tellPages(store) {
  let before = null;
  store.subscribe(() => {
    const [shown] = Object.values(store.getState().windows);
    if (!shown?.canvasId || shown.canvasId === before) return;
    before = shown.canvasId;
    tell(before);
  });
}

if (typeof Mirador === "undefined") {
  sayBroken();
} else {
  const viewer = Mirador.viewer(configuration());
  redrawWhenAccessChanges(viewer.store);
  tellPages(viewer.store);
  // With a place to open, a search would turn to its own first hit.
  if (stage.dataset.query && stage.dataset.searchable === "yes" && !opening) searchByForm(stage.dataset.query);
  window.lecternViewer = viewer;
}
