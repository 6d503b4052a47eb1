// Opens the object in Mirador, and mends one thing that Mirador 4 does not do by itself.
"use strict";

const REDRAW_AFTER_MS = 50;

// Mirador keeps the tiles it drew first: after a sign-in the page stays small or blank, after a sign-out it stays
// clear, until the reader turns the page. Taking the image's description out of the store and putting the same one
// back makes it draw anew.
function redrawWhenAccessChanges(viewer) {
  const known = new Map();
  viewer.store.subscribe(() => {
    for (const [id, info] of Object.entries(viewer.store.getState().infoResponses)) {
      if (info.isFetching || !info.json) continue;
      const before = known.get(id);
      known.set(id, info.degraded);
      if (before !== undefined && before !== info.degraded) redraw(viewer.store, id, info);
    }
  });
}

function redraw(store, id, info) {
  store.dispatch(Mirador.removeInfoResponse(id));
  setTimeout(() => {
    store.dispatch(Mirador.receiveInfoResponse(id, info.json, true, info.tokenServiceId));
  }, REDRAW_AFTER_MS);
}

function configuration(stage) {
  const searchable = stage.dataset.searchable === "yes";
  const dark = window.matchMedia("(prefers-color-scheme: dark)").matches;
  const open = { manifestId: stage.dataset.manifest };
  if (stage.dataset.query) open.defaultSearchQuery = stage.dataset.query;
  return {
    id: "viewer",
    windows: [open],
    selectedTheme: dark ? "dark" : "light",
    themes: {
      light: { palette: { primary: { main: "#7b2d26" }, secondary: { main: "#7b2d26" } } },
      dark: { palette: { primary: { main: "#e3a58f" }, secondary: { main: "#e3a58f" } } },
    },
    window: {
      allowClose: false,
      allowMaximize: false,
      sideBarOpen: window.innerWidth > 800,
      defaultSideBarPanel: searchable ? "search" : "info",
      panels: { info: true, attribution: true, canvas: true, annotations: true, search: true },
      switchCanvasOnSearch: true,
    },
    workspace: { showZoomControls: true },
    workspaceControlPanel: { enabled: false },
  };
}

const stage = document.getElementById("stage");
if (typeof Mirador === "undefined") {
  stage.textContent = stage.dataset.broken;
} else {
  const viewer = Mirador.viewer(configuration(stage));
  redrawWhenAccessChanges(viewer);
  window.lecternViewer = viewer;
}
