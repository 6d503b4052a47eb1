// Reads a manifest of Presentation 3 into what the reader shows. Nothing here touches the page.

import { languageOf, many, probeOf, textOf } from "../authflow.js";

export { many };
export const idOf = (thing) => (typeof thing === "string" ? thing : (thing?.id ?? thing?.["@id"] ?? ""));
export const typeOf = (thing) => thing?.type ?? thing?.["@type"] ?? "";

// Returns { text, lang } of a language map; `lang` is empty where the map does not tell it.
export function said(map, languages) {
  const lang = languageOf(map, languages);
  return { text: textOf(map, languages), lang: lang === "none" ? "" : lang };
}

// Returns a canvas id and the box behind it: { canvas, box: { x, y, width, height } | null }.
export function targetOf(target) {
  const selector = many(target?.selector).find((each) => each.type === "FragmentSelector");
  const [canvas, fragment = selector?.value ?? ""] = idOf(target?.source ?? target).split("#");
  const found = /xywh=(?:pixel:)?([\d.]+),([\d.]+),([\d.]+),([\d.]+)/.exec(fragment);
  if (!found) return { canvas, box: null };
  const [x, y, width, height] = found.slice(1).map(Number);
  return { canvas, box: { x, y, width, height } };
}

// Returns the image services of a resource, { id, version }: version 3 before 2 before 1.
export function imageServices(resource) {
  const known = many(resource.service).map((service) => {
    const told = [typeOf(service), ...many(service.profile), service["@context"]].join(" ");
    const [, ...versions] = /ImageService(\d)|\/api\/image\/(\d)|\/image-api\/(\d)/.exec(told) ?? [];
    return { id: idOf(service).replace(/\/$/, ""), version: Number(versions.find(Boolean) ?? 0) };
  });
  return known.filter(({ version }) => version).sort((one, other) => other.version - one.version);
}

// Returns the resource that a body shows: of several to choose from the first, and what a specific resource is of.
export function resourceOf(body) {
  if (typeOf(body) === "Choice") return resourceOf(many(body.items)[0] ?? {});
  return typeOf(body) === "SpecificResource" ? resourceOf(body.source) : body;
}

// Returns a picture: the address of the whole, its image service, its probe, and where on the canvas it lies (null:
// all over it).
export function pictureOf(body, target) {
  const resource = resourceOf(body);
  const [service = null] = imageServices(resource);
  return { id: idOf(resource), service, probe: probeOf(resource), place: target ? targetOf(target).box : null };
}

function canvasOf(canvas, place, languages) {
  const painted = many(canvas.items).flatMap((page) => many(page.items));
  const images = painted.filter(({ body }) => ["Image", "Choice", "SpecificResource"].includes(typeOf(many(body)[0])));
  const [thumbnail] = many(canvas.thumbnail);
  const label = said(canvas.label, languages);
  return {
    id: canvas.id,
    label: { text: label.text || String(place + 1), lang: label.lang },
    width: canvas.width || 1000,
    height: canvas.height || 1000,
    thumbnail: thumbnail ? { src: idOf(thumbnail), width: thumbnail.width, height: thumbnail.height } : null,
    pictures: images.map(({ body, target }) => pictureOf(many(body)[0], target)),
    texts: many(canvas.annotations).map(idOf),
  };
}

// Returns a chapter: { id, label, place, inside }, `place` being that of its first canvas, or -1.
function chapterOf(range, places, languages) {
  const items = many(range.items);
  const inside = items.filter((item) => item.type === "Range").map((item) => chapterOf(item, places, languages));
  const own = items.filter((item) => item.type !== "Range").map((item) => places.get(targetOf(item).canvas));
  const first = [...own, ...inside.map(({ place }) => place)].filter((place) => place >= 0);
  const place = first.length ? Math.min(...first) : -1;
  return { id: range.id, label: said(range.label, languages), place, inside };
}

function searchOf(manifest) {
  const service = many(manifest.service).find((each) => typeOf(each) === "SearchService2");
  if (!service) return null;
  const suggest = many(service.service).find((each) => typeOf(each) === "AutoCompleteService2");
  return { id: idOf(service), suggest: suggest ? idOf(suggest) : "" };
}

// Returns all of a manifest that the reader shows.
export function read(manifest, languages = navigator.languages) {
  const canvases = many(manifest.items).map((canvas, place) => canvasOf(canvas, place, languages));
  const places = new Map(canvases.map(({ id }, place) => [id, place]));
  const fact = ({ label, value }) => ({ label: said(label, languages), value: said(value, languages) });
  return {
    id: manifest.id,
    label: said(manifest.label, languages),
    summary: said(manifest.summary, languages),
    facts: many(manifest.metadata).map(fact),
    required: manifest.requiredStatement ? fact(manifest.requiredStatement) : null,
    rights: manifest.rights ?? "",
    providers: many(manifest.provider).map((each) => said(each.label, languages)),
    rightToLeft: manifest.viewingDirection === "right-to-left",
    chapters: many(manifest.structures).map((range) => chapterOf(range, places, languages)),
    search: searchOf(manifest),
    start: places.get(targetOf(manifest.start).canvas) ?? 0,
    canvases,
    places,
  };
}
