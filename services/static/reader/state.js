// IIIF Content State 1.0: what the reader shows as a link, and such links read. Nothing here touches the page.

import { many, targetOf } from "./manifest.js";

// Returns a content state as it stands in a link: base64url without padding, of percent-encoded JSON.
export function encoded(state) {
  return btoa(encodeURIComponent(JSON.stringify(state))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

// Returns what stands in a link: JSON, or a string if it is a plain address; null if it is neither.
export function decoded(text) {
  if (/^https?:/.test(text)) return text;
  try {
    return JSON.parse(/^\s*[{["]/.test(text) ? text : decodeURIComponent(atob(text.replace(/-/g, "+").replace(/_/g, "/"))));
  } catch {
    return null;
  }
}

// Returns every place that a content state names, in its order: { canvas, box } or { range }, and { manifest } where
// it tells whose. It may be an annotation, its target alone, an address, or several of them.
export function placesIn(state) {
  if (Array.isArray(state)) return state.flatMap(placesIn);
  if (!state) return [];
  if (state.type === "Annotation" || (!state.type && state.target)) return placesIn(state.target);
  const source = state.source ?? state;
  const manifest = many(source.partOf ?? state.partOf).map((each) => each.id ?? each)[0] ?? "";
  const { canvas, box } = targetOf(state);
  if (source.type === "Manifest") return [{ canvas: "", box: null, manifest: canvas }];
  if (source.type === "Range") return [{ canvas: "", range: canvas, box: null, manifest }];
  return [{ canvas, box, manifest }];
}

// Returns the place that a content state names in a book: { place, box }; null if there is none.
export function placeIn(state, book) {
  for (const { canvas, range, box, manifest } of placesIn(state)) {
    if (book.places.has(canvas)) return { place: book.places.get(canvas), box };
    const chapter = range && chapterIn(book.chapters, range);
    if (chapter?.place >= 0) return { place: chapter.place, box: null };
    if (manifest === book.id && !canvas && !range) return { place: 0, box: null };
    if (canvas === book.id) return { place: 0, box: null };
  }
  return null;
}

function chapterIn(chapters, id) {
  for (const chapter of chapters) {
    const found = chapter.id === id ? chapter : chapterIn(chapter.inside, id);
    if (found) return found;
  }
  return null;
}

// Returns the content state of a page of a book, and of a box on it.
export function stateOf(book, canvas, box) {
  const part = box ? `#xywh=${[box.x, box.y, box.width, box.height].map(Math.round).join(",")}` : "";
  return { id: canvas.id + part, type: "Canvas", partOf: [{ id: book.id, type: "Manifest" }] };
}

// Returns what an address asks for: { query, state, asked }, `asked` saying whether it has a content state at all.
export function readAddress(address) {
  const url = new URL(address);
  const behind = new URLSearchParams(url.hash.slice(1));
  const content = behind.get("iiif-content") ?? url.searchParams.get("iiif-content");
  return { query: url.searchParams.get("q") ?? "", state: content ? decoded(content) : null, asked: Boolean(content) };
}

// Returns the address of what is shown: a query and a content state behind the page's own address.
export function addressOf(page, query, state, embedded = false) {
  const url = new URL(page);
  url.search = "";
  url.hash = "";
  if (query) url.searchParams.set("q", query);
  if (embedded) url.searchParams.set("embed", "1");
  if (state) url.searchParams.set("iiif-content", encoded(state));
  return url.href;
}
