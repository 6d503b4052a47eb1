// The lines of a canvas that has no picture, from its annotations.

import { many, targetOf } from "./manifest.js";

// Returns the lines of a page of annotations: { text, lang, box } for each that has a place.
export function linesIn(page, canvasId) {
  return many(page.items).flatMap(({ body, target }) => {
    const [{ value: text = "", language: lang = "" } = {}] = many(body);
    const { canvas, box } = targetOf(many(target)[0]);
    return text && box && canvas === canvasId ? [{ text, lang, box }] : [];
  });
}

// Returns the lines of a canvas; none if they cannot be had.
export async function linesOf({ id, texts }) {
  const pages = await Promise.all(texts.map(async (url) => {
    try {
      const answer = await fetch(url, { headers: { Accept: "application/json" } });
      return answer.ok ? await answer.json() : {};
    } catch {
      return {};
    }
  }));
  return pages.flatMap((page) => linesIn(page, id));
}
