// Making elements: the small tools of the panels.

// Returns an element with properties (`data`, `aria` and unknown ones as attributes) and children.
export function el(name, properties = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (key in element) element[key] = value;
    else element.setAttribute(key, value);
  }
  element.append(...children);
  return element;
}

// Returns an element with a text of a manifest, in its language and direction.
export const words = (name, { text, lang }, properties = {}) =>
  el(name, { textContent: text, dir: "auto", ...(lang ? { lang } : {}), ...properties });

const KEPT = new Set(["A", "B", "BR", "I", "P", "SMALL", "SPAN", "SUB", "SUP", "EM", "STRONG"]);

// Returns a value of a manifest as nodes. Presentation 3 allows it to be HTML: what is harmless stays, and of all
// else the text.
export function value({ text }) {
  if (!/^<[\s\S]*>$/.test(text.trim())) return [document.createTextNode(text)];
  const cleaned = (node) => {
    if (node.nodeType === Node.TEXT_NODE) return [node.data];
    if (node.nodeType !== Node.ELEMENT_NODE || /^(SCRIPT|STYLE|TEMPLATE)$/.test(node.tagName)) return [];
    const inside = [...node.childNodes].flatMap(cleaned);
    if (!KEPT.has(node.tagName)) return inside;
    const copy = el(node.tagName, {}, ...inside);
    if (node.tagName === "A" && /^(https?|mailto):/.test(node.href)) outward(copy, node.href);
    return [copy];
  };
  return [...new DOMParser().parseFromString(text, "text/html").body.childNodes].flatMap(cleaned);
}

const outward = (link, href) => Object.assign(link, { href, target: "_blank", rel: "noopener" });

// Returns a link that opens beside the reader.
export const link = (href, text) => outward(el("a", { textContent: text }), href);
