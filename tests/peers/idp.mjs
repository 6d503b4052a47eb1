// An OpenID provider for tests, certified elsewhere: npm oidc-provider with sign-in pages of our own.
// `node idp.mjs SETTINGS.json`, where the settings are {port, issuer, clients, coop, users, rotate}.
// POST /_test/{action} turns what a test wants to turn: new keys, a stop of the key set, the log of what was asked.
import { readFileSync } from 'node:fs';
import { createServer, request as send } from 'node:http';
import { generateKeyPairSync } from 'node:crypto';
import Provider from 'oidc-provider';

const settings = JSON.parse(readFileSync(process.argv[2], 'utf8'));
let serial = 0;
const asked = {};

function newKey() {
  serial += 1;
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return { ...privateKey.export({ format: 'jwk' }), kid: `key-${serial}`, use: 'sig', alg: 'RS256' };
}

// Codes, grants and sessions outlive a change of keys: they are kept here, not in the provider.
const kept = new Map();
class Adapter {
  constructor(name) { this.name = name; }
  key(id) { return `${this.name}:${id}`; }
  async upsert(id, payload) { kept.set(this.key(id), payload); }
  async find(id) { return kept.get(this.key(id)); }
  async findByUid(uid) {
    return [...kept.entries()].find(([key, value]) => key.startsWith(`${this.name}:`) && value.uid === uid)?.[1];
  }
  async findByUserCode() { return undefined; }
  async destroy(id) { kept.delete(this.key(id)); }
  async consume(id) { kept.get(this.key(id)).consumed = Math.floor(Date.now() / 1000); }
  async revokeByGrantId(grantId) {
    for (const [key, value] of kept) if (value.grantId === grantId) kept.delete(key);
  }
}

// The provider's own way out goes to public addresses only; what it tells of logouts is for loopback here.
const ask = (url, { method, headers, body }) => new Promise((done, failed) => {
  const text = String(body ?? '');
  const sent = send(url, { method, headers: { ...Object.fromEntries(new Headers(headers)), 'content-length': Buffer.byteLength(text) } }, (answer) => {
    answer.resume();
    answer.on('end', () => done(new Response(null, { status: answer.statusCode })));
  });
  sent.on('error', failed);
  sent.end(text);
});

const page = (title, body) => `<!doctype html><html lang="en"><meta charset="utf-8"><title>${title}</title>${body}</html>`;

function configuration(key) {
  return {
    adapter: Adapter,
    clients: settings.clients,
    jwks: { keys: [key] },
    cookies: { keys: ['cookie key of a test'] },
    pkce: { required: () => true },
    claims: { openid: ['sub', 'sid'], profile: ['name'], email: ['email', 'email_verified'], groups: ['groups'] },
    scopes: ['openid', 'profile', 'email', 'groups'],
    conformIdTokenClaims: false,
    features: {
      devInteractions: { enabled: false },
      backchannelLogout: { enabled: true },
      rpInitiatedLogout: {
        enabled: true,
        logoutSource: (ctx, form) => {
          ctx.body = page('Sign out', `${form}<button form="op.logoutForm" name="logout" value="yes">Sign out of all</button>`);
        },
      },
    },
    interactions: { url: (ctx, interaction) => `/interaction/${interaction.uid}` },
    fetch: ask,
    findAccount: (ctx, id) => settings.users[id] && {
      accountId: id,
      claims: () => ({ sub: id, ...settings.users[id] }),
    },
    renderError: (ctx, out) => {
      ctx.type = 'html';
      ctx.body = page('Error', `<pre>${JSON.stringify(out).replaceAll('<', '&lt;')}</pre>`);
    },
  };
}

async function interact(provider, request, response) {
  const { uid, prompt, params, session } = await provider.interactionDetails(request, response);
  if (prompt.name === 'login' && request.method === 'GET') {
    response.setHeader('Content-Type', 'text/html; charset=utf-8');
    response.end(page('Sign in', `<h1>Sign in at the provider</h1><form method="post" action="/interaction/${uid}">
      <label>User <input name="user" autofocus></label> <button>Sign in there</button>
      <button name="no" value="1">No</button></form>`));
    return;
  }
  if (prompt.name === 'login') {
    let body = '';
    for await (const chunk of request) body += chunk;
    const form = new URLSearchParams(body);
    const result = form.get('no') || !settings.users[form.get('user')]
      ? { error: 'access_denied', error_description: '<script>alert(1)</script> denied' }
      : { login: { accountId: form.get('user') } };
    await provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false });
    return;
  }
  const grant = new provider.Grant({ accountId: session.accountId, clientId: params.client_id });
  grant.addOIDCScope(params.scope);
  const result = { consent: { grantId: await grant.save() } };
  await provider.interactionFinished(request, response, result, { mergeWithLastSubmission: true });
}

function make() {
  const made = new Provider(settings.issuer, configuration(newKey()));
  made.on('backchannel.error', (ctx, error) => console.error('back-channel logout failed:', error));
  return made;
}
let provider = make();

createServer((request, response) => {
  const { pathname } = new URL(request.url, settings.issuer);
  asked[pathname] = (asked[pathname] ?? 0) + 1;
  if (settings.coop) response.setHeader('Cross-Origin-Opener-Policy', 'same-origin');
  if (pathname === '/_test/rotate') {
    provider = make();
    response.end();
  } else if (pathname === '/_test/asked') {
    response.end(JSON.stringify(asked));
  } else if (pathname.startsWith('/interaction/')) {
    interact(provider, request, response).catch((error) => {
      response.statusCode = 500;
      response.end(String(error));
    });
  } else {
    provider.callback()(request, response);
  }
}).listen(settings.port, '127.0.0.1');
