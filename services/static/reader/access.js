// Who may see a page: Authorization Flow 2.0 by the client in authflow.js, and what the reader is told of it.

import { AuthFlow, probeOf, textOf } from "../authflow.js";
import { many, pictureOf } from "./manifest.js";

// Returns how a picture stands for this reader, from what a flow found: { kind, shown, heading, note }. `kind` is
// "open", "small" (`shown` is its substitute), "closed" (nothing to show) or "down" (nobody could tell).
export function standing(found, picture) {
  if (found.state === "open") return { kind: "open", shown: picture };
  if (found.state === "moved") return { kind: "open", shown: { ...pictureOf(found.location), place: picture.place } };
  const failed = found.failure?.heading || found.failure?.note ? found.failure : null;
  const { heading, note } = failed ?? found;
  const told = { heading: textOf(heading), note: textOf(note), failed: Boolean(found.failure) };
  const [substitute] = found.substitutes;
  if (substitute) return { kind: "small", shown: { ...pictureOf(substitute), place: picture.place }, ...told };
  return { kind: found.status === 503 ? "down" : "closed", shown: null, ...told };
}

// Returns what the button says that leads in, empty if there is nothing a reader could do here: to whoever comes
// from the wrong place a service without a window is of no use.
export function wayIn(probe, { framed = false } = {}) {
  const services = many(probe?.service).filter(({ type }) => type === "AuthAccessService2");
  const window = services.find(({ profile }) => profile === "active") ?? services.find(({ profile }) => profile === "kiosk");
  if (window) return textOf(window.confirmLabel) || textOf(window.label) || "Open";
  return services.length && framed ? "Try it here" : "";
}

// Reads the info.json of a picture whose manifest names no probe: it may name one, and OpenSeadragon needs it anyhow.
async function describe(picture) {
  if (!picture.service || picture.info) return;
  const answer = await fetch(`${picture.service.id}/info.json`).catch(() => null);
  if (!answer?.ok) return; // whoever draws it will say so
  picture.info = await answer.json().catch(() => null);
  if (picture.info) picture.probe = probeOf({ service: [picture.info] });
}

// The flows of one book's pictures. They share what token services gave, so that one sign-in is enough.
export class Access {
  #flows = new Map();
  #tokens = new Map();
  #asked = new Map(); // what came of asking the token services, by kind of picture

  // Returns how a picture stands, without opening anything.
  async look(picture) {
    if (!picture.probe) await describe(picture);
    if (!picture.probe) return { kind: "open", shown: picture };
    return standing(await this.#flow(picture).look(), picture);
  }

  // Asks the token services whether they know this reader, once for all pictures of a kind unless `again`; returns
  // how the picture stands if they do, else null.
  async renew(picture, { again = false } = {}) {
    const kind = JSON.stringify(many(picture.probe?.service));
    const known = this.#asked.get(kind);
    if (!known || again) {
      const asking = this.#flow(picture).renew().then((found) => standing(found, picture)).catch(() => {
        this.#asked.delete(kind); // nobody could be asked: the next page tries again
        return { kind: "down", shown: null };
      });
      this.#asked.set(kind, asking);
      const found = await asking;
      return found.kind === "open" ? found : null;
    }
    if ((await known).kind !== "open") return null;
    const found = await this.look(picture);
    return found.kind === "open" ? found : null;
  }

  // Goes through the access services; must be called by a click. Returns how it stands then.
  async enter(picture) {
    return standing(await this.#flow(picture).enter(), picture);
  }

  // Signs out; must be called by a click. Returns how it stands then.
  async leave(picture) {
    return standing(await this.#flow(picture).leave(), picture);
  }

  // Returns what the button says that signs out, empty if there is nothing to sign out of.
  wayOut(picture) {
    if (!picture?.probe) return "";
    const service = this.#flow(picture).logoutService;
    return service ? textOf(service.label) || "Sign out" : "";
  }

  #flow(picture) {
    if (!this.#flows.has(picture.id)) this.#flows.set(picture.id, new AuthFlow(picture.probe, { tokens: this.#tokens }));
    return this.#flows.get(picture.id);
  }
}
