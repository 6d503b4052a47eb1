// A client of Content Search 2.0: hits with what stands around them, page after page, and suggestions.

import { many, targetOf } from "./manifest.js";

// Returns the hits of one answer (an AnnotationPage), in its order: { parts, prefix, exact, suffix }. `parts` are the
// places that the hit has on canvases, more than one if it goes over a line's end.
export function hitsOf(page) {
  const items = new Map(many(page.items).map((item) => [item.id, item]));
  const placed = (item) => many(item?.target).map(targetOf).filter(({ canvas }) => canvas);
  const matches = many(page.annotations).flatMap((inner) => many(inner.items));
  if (!matches.length) {
    return [...items.values()].map((item) => ({
      parts: placed(item), prefix: "", exact: many(item.body)[0]?.value ?? "", suffix: "",
    }));
  }
  return matches.map((match) => {
    const targets = many(match.target);
    const quotes = targets.map(({ selector }) => many(selector).find(({ type }) => type === "TextQuoteSelector") ?? {});
    return {
      parts: targets.flatMap(({ source }) => placed(items.get(source?.id ?? source))),
      prefix: quotes[0]?.prefix ?? "",
      exact: quotes.map(({ exact = "" }) => exact).reduce(joined, ""),
      suffix: quotes.at(-1)?.suffix ?? "",
    };
  }).filter(({ parts }) => parts.length);
}

// A word that a hyphen splits stays together.
const joined = (text, more) => (!text || /[-\u00ad\u2010\u2e17]$/.test(text) ? text + more : `${text} ${more}`);

// Returns how many hits there are in all: { total } if the answer tells, else { label }, what it says instead.
export function countOf(page, hits) {
  const inner = many(page.annotations)[0]?.partOf;
  const all = many(inner)[0] ?? many(page.partOf)[0];
  if (Number.isInteger(all?.total)) return { total: all.total };
  if (all?.label) return { total: null, label: Object.values(all.label)[0].join(" ") };
  return { total: page.next ? null : hits.length, label: "" };
}

// Fetches JSON of ours or throws an Error whose message is for the reader.
async function asked(url, signal) {
  const answer = await fetch(url, { signal, headers: { Accept: "application/json" } }).catch((error) => {
    if (error.name === "AbortError") throw error;
    throw new Error("The search did not answer. You can read on, and try again.");
  });
  const told = await answer.json().catch(() => ({}));
  if (answer.ok) return told;
  if (answer.status >= 500) throw new Error("Search is not available just now. You can read on, and try again later.");
  throw new Error(told.detail || "The search could not be answered.");
}

const withQuery = (service, query) => {
  const url = new URL(service);
  url.searchParams.set("q", query);
  return url.href;
};

// The hits of one query, as far as they have been asked for. A newer query ends what is under way for an older one.
export class Search {
  #service;
  #under = new AbortController();
  #next = "";

  constructor(service) {
    this.#service = service;
    this.clear();
  }

  // Forgets all hits.
  clear() {
    this.#under.abort();
    Object.assign(this, { query: "", hits: [], total: null, label: "", truncated: [] });
    this.#next = "";
  }

  // Asks for a query's first hits; throws an Error with its message for the reader, or an AbortError.
  async ask(query) {
    this.clear();
    this.#under = new AbortController();
    this.query = query;
    const page = await this.#page(withQuery(this.#service, query));
    Object.assign(this, countOf(page, this.hits), { truncated: many(page.truncated) });
  }

  // Returns whether there are hits that were not asked for yet.
  get more() {
    return this.#next !== "";
  }

  // Asks for the hits after those that are here; returns them.
  async ahead() {
    if (!this.more) return [];
    const before = this.hits.length;
    const url = this.#next;
    this.#next = "";
    try {
      await this.#page(url);
    } catch (error) {
      if (error.name !== "AbortError") this.#next = url; // it can be asked for again
      throw error;
    }
    return this.hits.slice(before);
  }

  async #page(url) {
    const page = await asked(url, this.#under.signal);
    this.hits.push(...hitsOf(page));
    this.#next = page.next?.id ?? page.next ?? "";
    return page;
  }
}

// Returns the query with its last word replaced by a term; a term that needs quoting brings its own query.
export function completed(text, term) {
  const kept = text.slice(0, text.length - lastWord(text).length);
  const own = many(term.service).map(({ id }) => new URL(id).searchParams.get("q")).find(Boolean);
  return kept + (own && !/"$/.test(kept) ? own : term.value);
}

// Returns the word that is being typed: what stands behind the last blank, quote, bracket or sign.
export const lastWord = (text) => /[^\s"()=]*$/.exec(text)[0].replace(/^-/, "");

// Returns terms for what is being typed; none where the service fails, since suggestions are a help and no more.
export async function termsFor(service, text, signal) {
  const word = lastWord(text);
  if (!service || !word || /[*?~]/.test(word)) return [];
  try {
    return many((await asked(withQuery(service, word), signal)).items);
  } catch {
    return [];
  }
}
