"""An OpenID provider on loopback that says whatever a test wants it to say, true or not."""

import base64
import hmac
import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256, sha512
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from joserfc import jws
from joserfc.jwk import ECKey, OKPKey, RSAKey

from lectern.clock import Clock, seconds
from lectern.providers import OidcProvider

CLIENT = "lectern"
CLIENT_SECRET = "a secret of thirty-two characters"
NONCE = "the nonce of this sign-in"
ACCESS_TOKEN = "an access token"
EVENT = "http://schemas.openid.net/event/backchannel-logout"
RSA = RSAKey.generate_key(2048, {"kid": "rsa", "use": "sig", "alg": "RS256"})
PSS = RSAKey.generate_key(2048, {"kid": "pss", "use": "sig", "alg": "PS256"})
EC = ECKey.generate_key("P-256", {"kid": "ec", "use": "sig"})
ED = OKPKey.generate_key("Ed25519", {"kid": "ed", "use": "sig"})
UNNAMED = RSAKey.import_key({k: v for k, v in RSA.as_dict(private=True).items() if k != "alg"})
STRANGE = RSAKey.generate_key(2048, {"kid": "strange"})
KEYS: dict[str, Any] = {"RS256": RSA, "PS256": PSS, "ES256": EC, "EdDSA": ED}

Answer = tuple[int, dict[str, str], bytes]


def encoded(value: bytes | object) -> str:
    """Return base64url without padding, of bytes or of a value as JSON."""
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


class _Anything(jws.JWSRegistry):
    """Signs with whatever a test wants, and warns of nothing."""

    max_header_length = 100_000

    def get_alg(self, name: str) -> Any:
        return self.algorithms[name]


def signed(claims: object, alg: str = "RS256", key: Any = None, **header: Any) -> str:
    """Return a token signed with the provider's key of an algorithm, or with another."""
    key = key or KEYS[alg]
    head = {"alg": alg, "kid": key.get("kid"), **header}
    head = {name: value for name, value in head.items() if value is not None}
    registry = _Anything(algorithms=[alg], strict_check_header=False)
    payload = claims if isinstance(claims, bytes) else json.dumps(claims).encode()
    return jws.serialize_compact(head, payload, key, registry=registry)


def forged(claims: object, secret: bytes, **header: Any) -> str:
    """Return a token with an HMAC, by any bytes as the secret."""
    body = f"{encoded({'alg': 'HS256', **header})}.{encoded(claims)}"
    return f"{body}.{encoded(hmac.digest(secret, body.encode(), 'sha256'))}"


def half_hash(text: str, alg: str = "RS256") -> str:
    """Return what `at_hash` should be."""
    digest = (sha512 if alg == "EdDSA" else sha256)(text.encode()).digest()
    return encoded(digest[: len(digest) // 2])


class HostileProvider:
    """What the server says: change its members before it is asked."""

    def __init__(self, port: int, clock: Clock) -> None:
        self.clock = clock
        self.issuer = f"http://127.0.0.1:{port}"
        self.metadata: dict[str, Any] = {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/jwks",
            "end_session_endpoint": f"{self.issuer}/end",
            "id_token_signing_alg_values_supported": ["RS256", "ES256", "PS256", "EdDSA"],
        }
        self.keys: list[Any] = [key.as_dict(private=False) for key in KEYS.values()]
        self.id_token: Any = None
        self.answers: dict[str, Callable[[], Answer]] = {}
        self.delays: dict[str, float] = {}
        self.trickles: dict[str, bytes] = {}  # what an answer begins with that goes on letter by letter
        self.asked: Counter[str] = Counter()
        self.forms: list[dict[str, list[str]]] = []

    def settings(self, **changed: Any) -> OidcProvider:
        """Return the settings by which Lectern knows this provider."""
        values = {"issuer": self.issuer, "client_id": CLIENT, "client_secret": CLIENT_SECRET, "timeout": 1.0}
        return OidcProvider(**{**values, **changed})

    def claims(self, **changed: Any) -> dict[str, Any]:
        """Return the claims of a good id_token, with changes; None takes a claim away."""
        now = seconds(self.clock())
        good = {"iss": self.issuer, "sub": "ann", "aud": CLIENT, "exp": now + 300, "iat": now, "nonce": NONCE}
        return {name: value for name, value in {**good, **changed}.items() if value is not None}

    def farewell(self, **changed: Any) -> dict[str, Any]:
        """Return the claims of a good logout token, with changes."""
        good = self.claims(nonce=None) | {"jti": "1", "events": {EVENT: dict[str, Any]()}}
        return {name: value for name, value in {**good, **changed}.items() if value is not None}

    def answer(self, path: str) -> Answer:
        """Return status, headers and body for a path."""
        if path in self.answers:
            return self.answers[path]()
        documents: dict[str, Callable[[], object]] = {
            "/.well-known/openid-configuration": lambda: self.metadata,
            "/jwks": lambda: {"keys": self.keys},
            "/token": lambda: {"access_token": ACCESS_TOKEN, "token_type": "Bearer", "id_token": self._id_token()},
        }
        if path not in documents:
            return 404, {}, b""
        return 200, {"Content-Type": "application/json"}, json.dumps(documents[path]()).encode()

    def _id_token(self) -> object:
        return self.id_token() if callable(self.id_token) else self.id_token


class _Handler(BaseHTTPRequestHandler):
    provider: HostileProvider

    def _serve(self) -> None:
        path = urlsplit(self.path).path
        self.provider.asked[path] += 1
        length = int(self.headers.get("Content-Length") or 0)
        if length:
            self.provider.forms.append(parse_qs(self.rfile.read(length).decode()))
        time.sleep(self.provider.delays.get(path, 0))
        if path in self.provider.trickles:
            self._trickle(self.provider.trickles[path])
            return
        status, headers, body = self.provider.answer(path)
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _trickle(self, head: bytes) -> None:
        """Write a letter every little while until the client has gone."""
        self.wfile.write(head)
        for _ in range(600):
            self.wfile.write(b" ")
            time.sleep(0.1)

    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def log_message(self, *arguments: object) -> None:
        """Say nothing."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of a client that has gone: that is what a time-out looks like from here."""


@contextmanager
def hostile_provider(clock: Clock) -> Iterator[HostileProvider]:
    """Serve a provider until the block ends."""

    class Handler(_Handler):
        pass

    server = _Server(("127.0.0.1", 0), Handler)
    Handler.provider = HostileProvider(server.server_port, clock)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield Handler.provider
    finally:
        server.shutdown()
        server.server_close()
