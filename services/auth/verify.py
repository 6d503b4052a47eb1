"""`/auth/verify`: the verdict for a proxy or another image server (DESIGN section 4): 204, 401 or 403.

It is asked before every tile of another image server, so it stands before Flask: routing, contexts and hooks would cost
more than the verdict. The decision, the log line and the measurement are those of every other answer.
"""

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import partial
from hmac import compare_digest
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import structlog
from flask import Flask

from auth.audit import Event, Happening, Refusal
from auth.decision import Verdict, earliest
from auth.pages import stretches
from auth.policy import Policy
from auth.verdicts import Kept, Verdicts
from auth.verify import METHODS, UNKNOWN_CALLER, UNREADABLE, Answer, Wanted, answer, read_wanted
from lectern.confidential import plain
from lectern.elsewhere import name_elsewhere
from lectern.errors import LecternError
from lectern.ids import ImageId
from services.asker import Asker, Shown
from services.context import Context
from services.credentials import address_in
from services.gate import Gate
from services.problems import INSIDE, Problem
from services.rows import Remembered, Rows
from services.thin import Headers, Reply, answered, problem_reply, stand_before

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

PATH = "/auth/verify"
TOO_MANY = Answer(429, reason=Refusal.TOO_MANY)
UNAVAILABLE = Answer(503, reason=Refusal.STORE)
FAULT = Answer(500, reason=Refusal.FAULT)
_LOOK_EVERY_SECONDS = 1.0
_DETAILS = {
    405: "Verdicts are asked for with GET.",
    500: INSIDE,
    503: "There can be no verdict just now, which means no. The log of the service says why.",
}

_log = structlog.get_logger("lectern.verify")


class Verify:
    """The verify service as a WSGI application."""

    def __init__(self, context: Context, gate: Gate, elapsed: Callable[[], float] = time.monotonic) -> None:
        self._context = context
        self._gate = gate
        self._verdicts = Verdicts()
        self._rows = Remembered(elapsed)
        self._prefix = urlsplit(context.settings.base_url).path
        # Who holds the secret is a stated proxy: the client is who it says, never the proxy itself.
        self._proxies = max(1, context.settings.trusted_proxies)

    def stand_before(self, app: Flask) -> None:
        """Answer the requests of an app for `/auth/verify` in its place."""
        stand_before(app, lambda environ: self.respond if environ.get("PATH_INFO") == PATH else None)

    def respond(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer 204 with X-Lectern-Tier (and X-Lectern-Name), 401 or 403; 429, 500 and 503 mean no (TH-71, TH-97)."""
        reply = partial(self._reply, environ)
        return answered(environ, start_response, PATH, reply, trusted=self._context.settings.trusted_proxies > 0)

    def _reply(self, environ: "WSGIEnvironment", request_id: str) -> Reply:
        found, more = self._found(environ["REQUEST_METHOD"], environ)
        if found.reason:
            self._tell(found, environ, request_id)
        detail = _DETAILS.get(found.status)
        if detail is not None:
            return problem_reply(Problem(found.status, detail), more)
        return Reply(found.status, [("Cache-Control", "no-store"), *more], denied=found.reason)

    def _tell(self, found: Answer, environ: "WSGIEnvironment", request_id: str) -> None:
        """Tell the audit log of a refusal; what was granted is counted by the proxy, which asks for every tile."""
        where = address_in(environ, self._proxies)
        told = Happening(Event.VERIFY, granted=False, reason=found.reason, policy=found.policy, where=where)
        self._context.audit.record(told, request_id)

    def _found(self, method: str, environ: "WSGIEnvironment") -> tuple[Answer, Headers]:
        """Return the answer and the headers that go with it."""
        if method not in METHODS:
            return Answer(405), [("Allow", "GET, HEAD")]
        try:
            found, seconds = self._judge(environ) if self._caller_is_known(environ) else (UNKNOWN_CALLER, 0)
        except LecternError as error:
            _log.error("no verdict", detail=str(error))
            return (UNAVAILABLE, [("Retry-After", "5")]) if error.status == 503 else (FAULT, [])
        except Exception as error:  # the shape of every fault: logged, and a no
            _log.error("fault", path=PATH, exc_info=error)
            return FAULT, []
        if found.status == 429:
            return found, [("Retry-After", "1")]
        more = [("X-Lectern-Tier", found.tier)] if found.tier else []
        if found.name:
            more.append(("X-Lectern-Name", found.name))
        if seconds > 0:  # nginx keeps the answer no longer than we ourselves believe it
            more.append(("X-Accel-Expires", str(seconds)))
        return found, more

    def _caller_is_known(self, environ: "WSGIEnvironment") -> bool:
        """Return whether the caller shows the shared secret; without one in the settings nobody does (TH-57)."""
        secret = plain(self._context.settings.verify_secret)
        shown: str = environ.get("HTTP_X_LECTERN_SECRET", "")
        return bool(secret) and compare_digest(shown.encode(), secret.encode())

    def _judge(self, environ: "WSGIEnvironment") -> tuple[Answer, int]:
        """Return the answer, and the seconds that a proxy may keep it for this cookie, image and address."""
        line = environ.get("HTTP_X_ORIGINAL_METHOD", "GET"), environ.get("HTTP_X_ORIGINAL_URI", "")
        wanted = read_wanted(*line, self._prefix)
        if wanted is None:
            return UNREADABLE, 0
        context = self._context
        where = address_in(environ, self._proxies)
        asker = self._gate.asker_in(environ, where, shown=self._shown(wanted))
        payer, now = asker.payer, asker.now
        if payer is not None and not context.pace.tile(payer):  # what is remembered counts as well (TH-71)
            return TOO_MANY, 0
        rows = self._rows.now(context.catalogue, _LOOK_EVERY_SECONDS)
        keeps = payer is not None and not wanted.capability  # a capability has an end of its own
        key = (payer, wanted, where, asker.policies.version, rows.epoch, context.sessions.ended)
        kept = self._verdicts.get(key, now) if keeps else None
        if kept is not None:
            return kept.answer, kept.seconds(now)
        if not context.pace.verdict():
            return TOO_MANY, 0
        judged = self._judged(asker, wanted, rows)
        found = answer(wanted, judged)
        if found.status == 204:
            found = replace(found, name=self._name(wanted, rows))
        if not keeps:
            return found, 0
        until = earliest(verdict for _, verdict in judged)
        new: Kept | None = self._verdicts.put(key, found, now, until)
        return found, new.seconds(now) if new else 0

    def _shown(self, wanted: Wanted) -> Shown | None:
        """Return the capability of the path, if they are on."""
        if wanted.n is None or wanted.capability is None or not self._context.settings.capability_urls:
            return None
        return Shown(ImageId(wanted.object, wanted.n, wanted.tier), wanted.capability)

    def _name(self, wanted: Wanted, rows: Rows) -> str:
        """Return what the other image server calls the picture: a tier is never its to give (TH-59, TH-62)."""
        settings = self._context.settings
        if wanted.n is None or wanted.tier is not None or not settings.image_server:
            return ""
        canvas = rows.canvas(wanted.object, wanted.n)
        if canvas is None or not canvas.has_picture(settings.pictures_elsewhere):
            return ""
        return name_elsewhere(settings.image_server_name, ImageId(wanted.object, wanted.n), canvas.image) or ""

    def _judged(self, asker: Asker, wanted: Wanted, rows: Rows) -> Sequence[tuple[Policy, Verdict]]:
        """Return every policy that something lies under, with the verdict of this request."""
        row = rows.find(wanted.object)
        if row is None or (wanted.capability is not None and asker.shown is None):
            return []
        if wanted.n is not None and not 1 <= wanted.n <= row.pages:
            return []
        rules = asker.rules(row)
        pages = [wanted.n]
        if wanted.whole:
            pages += [stretch.first for stretch in stretches(rules, row.pages)]
        return [(rules.of(n), asker.verdict(rules, n)) for n in pages]
