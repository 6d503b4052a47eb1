// A box that suggests words as one types: the combobox of the ARIA Authoring Practices, with a list.

const PAUSE_MS = 120;

// Gives an input and its list their manners. `terms(text, signal)` returns a promise of [{ value, total }], `picked`
// is called with the term that the reader takes, `entered(event)` for Enter with no term chosen.
export function suggest(input, list, { terms, picked, entered }) {
  let chosen = -1;
  let known = [];
  let timer = 0;
  let under = new AbortController();

  const close = () => {
    clearTimeout(timer);
    under.abort();
    list.hidden = true;
    list.replaceChildren();
    known = [];
    choose(-1);
    input.setAttribute("aria-expanded", "false");
  };

  const choose = (place) => {
    chosen = place;
    [...list.children].forEach((each, i) => each.setAttribute("aria-selected", String(i === place)));
    const element = list.children[place];
    if (element) input.setAttribute("aria-activedescendant", element.id);
    else input.removeAttribute("aria-activedescendant");
    element?.scrollIntoView({ block: "nearest" });
  };

  const show = (found) => {
    known = found;
    list.replaceChildren(...found.map(({ value, total }, i) => {
      const option = Object.assign(document.createElement("li"), { id: `${list.id}-${i}` });
      option.setAttribute("role", "option");
      const word = Object.assign(document.createElement("bdi"), { textContent: value });
      option.append(word, Object.assign(document.createElement("small"), { textContent: total ?? "" }));
      option.addEventListener("mousedown", (event) => event.preventDefault()); // the focus stays in the box
      option.addEventListener("click", () => take(i));
      return option;
    }));
    choose(-1);
    list.hidden = !found.length;
    input.setAttribute("aria-expanded", String(found.length > 0));
  };

  const ask = async () => {
    under.abort();
    under = new AbortController();
    const { signal } = under;
    const found = await terms(input.value, signal);
    if (!signal.aborted && document.activeElement === input) show(found);
  };

  const take = (place) => {
    const term = known[place];
    close();
    picked(term);
  };

  const keys = {
    ArrowDown: () => (list.hidden ? ask() : choose((chosen + 1) % known.length)),
    ArrowUp: () => list.hidden || choose((chosen > 0 ? chosen : known.length) - 1),
    Enter: (event) => {
      if (chosen >= 0) return take(chosen);
      close();
      return entered(event);
    },
    Escape: () => {
      if (!list.hidden) return close();
      input.value = "";
      return input.dispatchEvent(new Event("input"));
    },
  };

  input.addEventListener("input", () => {
    clearTimeout(timer);
    under.abort();
    if (input.value) timer = setTimeout(ask, PAUSE_MS);
    else close();
  });
  input.addEventListener("keydown", (event) => {
    if (event.isComposing || !keys[event.key]) return;
    event.preventDefault();
    event.stopPropagation();
    keys[event.key](event);
  });
  input.addEventListener("blur", close);
  return { close };
}
