// A client of IIIF Authorization Flow 2.0: probe, access services in their order, token, probe again, logout.
// It knows nothing of pages or viewers. A module: import { AuthFlow } from "/static/authflow.js".

const ORDER = ["external", "kiosk", "active"];
const TOKEN_WAIT_MS = 8000;
const WINDOW_POLL_MS = 100;

// Returns what stands in a list or alone, as a list.
export const many = (value) => (Array.isArray(value) ? value : value ? [value] : []);
const ofType = (services, type) => many(services).filter((service) => service.type === type);

// Returns the probe service of a content resource, an image service or a substitute, or null if it is open.
export function probeOf(resource) {
  const [own] = ofType(resource.service, "AuthProbeService2");
  if (own) return own;
  for (const service of many(resource.service)) {
    const [inner] = ofType(service.service, "AuthProbeService2");
    if (inner) return inner;
  }
  return null;
}

// Returns the language of a language map that a reader is shown: the first of his that it has. Empty for no map.
export function languageOf(map, languages = navigator.languages) {
  const tags = Object.keys(map ?? {});
  for (const wanted of languages) {
    const primary = wanted.split("-")[0];
    const found = tags.find((tag) => tag === wanted) ?? tags.find((tag) => tag.split("-")[0] === primary);
    if (found) return found;
  }
  return tags.includes("en") ? "en" : (tags[0] ?? "");
}

// Returns a text of a language map for a reader, in the first of his languages that it has.
export function textOf(map, languages = navigator.languages) {
  return many(map?.[languageOf(map, languages)]).join("\n");
}

// One restricted resource. `ask(access, probe)` is called before an active service's window opens and returns a
// promise that says whether the reader wants it; it must settle within a click, or browsers block the window.
// `tokenWait` is how long a token service may take, in milliseconds. Flows that are given the same map as `tokens`
// share what token services gave, so that a reader of many pages signs in once: a token still goes to no probe but
// those that name its token service, on the origin of the one that it was asked for.
export class AuthFlow {
  #probe;
  #ask;
  #tokens;
  #tokenWait;

  constructor(probe, { ask = async () => true, tokenWait = TOKEN_WAIT_MS, tokens = new Map() } = {}) {
    this.#probe = probe;
    this.#ask = ask;
    this.#tokenWait = tokenWait;
    this.#tokens = tokens;
  }

  // Returns what the resource is for this reader now, without opening anything:
  // { state: "open" | "moved" | "denied", status, heading, note, location, substitutes }.
  async look() {
    return this.#reading(await this.#askProbe());
  }

  // Goes through the access services, each once, until the probe lets in; returns as `look` does, with the last
  // failure's heading and note. Never starts again by itself (section 10.3 of the checklist).
  async enter() {
    return this.#go((access) => this.#try(access));
  }

  // Asks the token services whether they know the reader already, and opens no window: for one who comes back, or
  // whose token has run out. Returns as `enter` does. Nobody has clicked, so only services of the probe's own origin
  // are asked.
  async renew() {
    return this.#go((access) => {
      const [token] = ofType(access.service, "AuthAccessTokenService2");
      if (!token || new URL(token.id).origin !== new URL(this.#probe.id).origin) return null;
      return tokenFrom(token, this.#tokenWait);
    });
  }

  // Returns the logout service to show a button for, or null.
  get logoutService() {
    const [known] = this.#held().filter((held) => held.logouts.length);
    return known?.logouts[0] ?? null;
  }

  // Forgets the token and opens the logout service; must be called by a click.
  async leave() {
    const service = this.logoutService;
    for (const held of this.#held()) {
      held.token = null;
      held.logouts = [];
    }
    const opened = service ? window.open(service.id) : null;
    if (opened) await closed(opened);
    return this.look();
  }

  async #go(step) {
    let result = await this.#askProbe();
    let failure = null;
    for (const access of this.#accesses()) {
      if (result.status !== 401) break;
      const message = await step(access);
      if (!message) continue; // the reader declined, or the browser blocked the window
      if (message.type !== "AuthAccessToken2") {
        failure = message;
        continue;
      }
      const ends = Number.isInteger(message.expiresIn) ? Date.now() + 1000 * message.expiresIn : Infinity;
      const logouts = ofType(access.service, "AuthLogoutService2");
      this.#tokens.set(this.#key(access), { token: message.accessToken, ends, logouts });
      result = await this.#askProbe();
    }
    const found = this.#reading(result);
    if (failure && found.state === "denied") found.failure = failure;
    return found;
  }

  #key(access) {
    const [token] = ofType(access.service, "AuthAccessTokenService2");
    return `${new URL(this.#probe.id).origin} ${token?.id}`;
  }

  // Returns what this probe's token services have given so far.
  #held() {
    return this.#accesses().map((access) => this.#tokens.get(this.#key(access))).filter(Boolean);
  }

  #accesses() {
    const known = ofType(this.#probe.service, "AuthAccessService2");
    return ORDER.flatMap((profile) => known.filter((access) => access.profile === profile));
  }

  // The only place where the token goes.
  async #askProbe() {
    const held = this.#held().find(({ token, ends }) => token && Date.now() < ends);
    const headers = held ? { Authorization: `Bearer ${held.token}` } : {};
    try {
      const answer = await fetch(this.#probe.id, { headers, credentials: "omit", cache: "no-store", redirect: "error" });
      const result = answer.ok ? await answer.json() : {};
      if (result.type !== "AuthProbeResult2" || !Number.isInteger(result.status)) return { status: 503 };
      if (held && result.status === 401) held.token = null; // an old token is no better than none
      return result;
    } catch {
      return { status: 503 };
    }
  }

  async #try(access) {
    const [token] = ofType(access.service, "AuthAccessTokenService2");
    if (!token) return null;
    if (access.profile === "active" && !(await this.#ask(access, this.#probe))) return null;
    if (access.profile !== "external") {
      const opened = window.open(withQuery(access.id, { origin: window.origin }));
      if (!opened) return null;
      await closed(opened);
    }
    return tokenFrom(token, this.#tokenWait);
  }

  #reading(result) {
    const found = { state: "denied", status: result.status, substitutes: [] };
    if (result.status === 200) found.state = "open";
    if (result.status >= 300 && result.status < 400 && result.location) {
      found.state = "moved";
      found.location = result.location;
    }
    if (found.state !== "denied") return found;
    found.heading = result.heading ?? this.#probe.errorHeading ?? null;
    found.note = result.heading ? (result.note ?? null) : (this.#probe.errorNote ?? null);
    if (result.status === 401) found.substitutes = many(result.substitute);
    return found;
  }
}

function withQuery(address, parameters) {
  const url = new URL(address);
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  return url.href;
}

// Returns a promise that is kept once a window is closed.
export function closed(opened) {
  return new Promise((resolve) => {
    const timer = setInterval(() => {
      if (!opened.closed) return;
      clearInterval(timer);
      resolve();
    }, WINDOW_POLL_MS);
  });
}

// Returns the message of a token service, or an error of our own when none comes. Messages of other windows,
// other origins and with other ids are not ours.
function tokenFrom(service, wait) {
  const messageId = crypto.randomUUID();
  const origin = new URL(service.id).origin;
  const frame = document.createElement("iframe");
  frame.hidden = true;
  frame.title = "";
  return new Promise((resolve) => {
    const done = (message) => {
      clearTimeout(timer);
      window.removeEventListener("message", listen);
      frame.remove();
      resolve(message);
    };
    const listen = (event) => {
      if (event.source !== frame.contentWindow || event.origin !== origin) return;
      if (event.data?.messageId === messageId) done(event.data);
    };
    const timer = setTimeout(() => {
      const { errorHeading: heading, errorNote: note } = service;
      done({ type: "AuthAccessTokenError2", profile: "unavailable", messageId, heading, note });
    }, wait);
    window.addEventListener("message", listen);
    frame.src = withQuery(service.id, { messageId, origin: window.origin });
    document.body.append(frame);
  });
}
