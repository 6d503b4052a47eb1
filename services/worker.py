"""gunicorn's threaded worker, whose threads are given whole requests only (TH-105).

What has arrived of a request waits in the event loop, which costs no thread; whoever has not sent all of it after
fifteen seconds is let go. The threads never read from a socket, so none can be held by somebody who does not send.
"""

import selectors
import socket
import struct
import time
from contextlib import suppress
from functools import partial
from http import HTTPStatus
from typing import Any

import orjson
import structlog
from gunicorn import http
from gunicorn.http import errors, wsgi
from gunicorn.http.unreader import Unreader
from gunicorn.workers.gthread import TConn, ThreadWorker

from lectern.ids import without_capabilities
from lectern.spans import request_id
from services.arriving import Arriving, Stage
from services.problems import INSIDE, MEDIA_TYPE, Problem
from services.sampled import sample
from services.sending import Answer, Pending, Rest, Threads, Wakes
from services.strictness import STRICT

LONGEST_ARRIVAL = 15  # seconds for head and body together
_LINGER = 2  # seconds a closed connection may take to close on its side
_PIECE = 65_536
_DETAILS = {
    400: "This is no request of HTTP.",
    403: "Nobody speaks for a client here.",
    408: "The request did not come whole in time.",
    414: "The address is too long.",
    417: "Nothing but 100-continue can be expected.",
    431: "The request has too many header fields, or too long ones.",
    500: INSIDE,
    501: "A body comes whole or in chunks.",
}
_STATUSES = {
    errors.LimitRequestLine: 414,
    errors.LimitRequestHeaders: 431,
    errors.UnsupportedTransferCoding: 501,
    errors.ExpectationFailed: 417,
    errors.ForbiddenProxyRequest: 403,
}
_OURS = (errors.InvalidResponseHeader, errors.InvalidResponseHeaderName, errors.ConfigurationProblem)  # faults
_AT_ONCE = struct.pack("ii", 1, 0)
_GO_ON = b"HTTP/1.1 100 Continue\r\n\r\n"

_log = structlog.get_logger("lectern.worker")


def _refusal(status: int) -> bytes:
    """Return a whole answer in the one shape, to what never became a request; the connection ends with it."""
    body = orjson.dumps(Problem(status, _DETAILS[status]).as_dict())
    head = f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\nConnection: close\r\nCache-Control: no-store\r\n"
    head += "".join(f"{name}: {value}\r\n" for name, value in STRICT.items())
    return f"{head}Content-Type: {MEDIA_TYPE}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


_TOO_SLOW = _refusal(408)
_REFUSALS = {Stage.HEAD_TOO_LARGE: _refusal(431), Stage.MALFORMED: _refusal(400)}


class _Arrived(Unreader):  # type: ignore[misc] # gunicorn has no types
    """What has arrived, and then nothing."""

    def chunk(self, *_: object) -> bytes:
        return b""


class _Connection(TConn):  # type: ignore[misc]
    """A connection, and what has arrived on it of its next request."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.arriving = Arriving()
        self.told_to_go_on = False
        self.gone = False
        self.parser = http.get_parser(self.cfg, self.sock, self.client)
        self.parser.unreader = _Arrived()
        self.initialized = self.data_ready = True
        self.rest = Rest()  # of an answer

    def close(self, graceful: bool = False) -> None:
        """Close the connection; an event of it that was there already is nobody's any more."""
        self.gone = True
        super().close(graceful)

    def say(self, words: bytes) -> None:
        """Tell the client something short; whoever does not listen does not hear it."""
        try:
            self.sock.send(words)
        except OSError:
            return


class Worker(ThreadWorker):  # type: ignore[misc]
    """The worker of `lectern up`."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.method_queue = Wakes()
        self._told_alive = 0.0
        self._waiting: dict[_Connection, None] = {}  # in the order of their ends
        self._leaving: dict[_Connection, None] = {}
        self._sending: Pending[_Connection] = Pending()
        self._looked_at = 0.0
        self._most = self.worker_connections * 9 // 10

    def get_thread_pool(self) -> Threads:
        """Return the threads that answer."""
        return Threads(self.cfg.threads, self._answer)

    def notify(self) -> None:
        """Tell the supervisor that the worker lives, and the watchers its numbers, once a second."""
        now = time.monotonic()
        if now - self._told_alive >= 1:
            self._told_alive = now
            super().notify()
            sample()

    def run(self) -> None:
        """Run the event loop; if it fails the process ends at once, so that another worker takes its place."""
        try:
            super().run()
        finally:
            self.tpool.shutdown()

    # What comes

    def accept(self, listener: socket.socket) -> None:
        """Take a new connection, in place of the one that has waited longest if there are too many."""
        try:
            client, address = listener.accept()
        except OSError:  # it was taken by another worker, or has gone, or no file can be opened just now
            return
        self.nr_conns += 1
        self._make_room()
        self._await(_Connection(self.cfg, client, address, listener.getsockname()), b"")

    def on_client_socket_readable(self, conn: _Connection, client: socket.socket) -> None:
        """Read the next request of a connection that was kept alive."""
        if conn.gone:
            return
        self.poller.unregister(client)
        self.keepalived_conns.remove(conn)
        self._await(conn, b"")

    def _await(self, conn: _Connection, already: bytes) -> None:
        """Wait for a request, of which some may be there; that is mostly all of it."""
        conn.arriving, conn.told_to_go_on = Arriving(), False
        conn.timeout = time.monotonic() + LONGEST_ARRIVAL
        if already and self._handed_on(conn, conn.arriving.add(already)):
            return
        if not self._read(conn):
            self._waiting[conn] = None
            self.poller.register(conn.sock, selectors.EVENT_READ, partial(self._more, conn))

    def _more(self, conn: _Connection, _client: socket.socket) -> None:
        if not conn.gone:  # a connection that came in the same turn of the loop may have taken its place
            self._read(conn, waiting=True)

    def _read(self, conn: _Connection, *, waiting: bool = False) -> bool:
        """Return whether there is nothing more to wait for: the request went to a thread, or the client has gone."""
        try:
            data = conn.sock.recv(_PIECE)
        except BlockingIOError:
            return False
        except OSError:
            data = b""
        stage = conn.arriving.add(data) if data else None
        if stage is Stage.WAITING:
            if conn.arriving.expects and not conn.told_to_go_on:
                conn.told_to_go_on = True
                conn.say(_GO_ON)
            return False
        if waiting:
            self._no_longer_awaited(conn)
        if stage is None:
            self._drop(conn)
        else:
            self._handed_on(conn, stage)
        return True

    def _handed_on(self, conn: _Connection, stage: Stage) -> bool:
        """Return whether a request that is there, or that nobody needs to wait for, was dealt with."""
        if stage is Stage.WAITING:
            return False
        if stage in _REFUSALS:
            conn.say(_REFUSALS[stage])
            self._leave(conn)
            return True
        conn.parser.unreader.unread(bytes(conn.arriving.data))
        conn.whole = stage is Stage.WHOLE
        self.enqueue_req(conn)
        return True

    # What goes

    def enqueue_req(self, conn: _Connection) -> None:
        """Have one of the threads answer."""
        self.tpool.put(conn)

    def _answer(self, conn: _Connection) -> None:
        kept = None
        request_id.set("")  # that of this thread's last request is none of this one's
        try:
            kept = bool(self.handle(conn))
        except BaseException:  # whatever happened was logged there, and the thread goes on
            self.log.debug("a request came to nothing")
        self.method_queue.defer(self.finish_request, conn, kept)

    def handle_request(self, req: Any, conn: _Connection) -> bool:
        """Return whether the connection may be used again: never if the body was not waited for.

        As the base class does it, but for hooks and an access log that nobody uses, with an answer that goes out whole.
        """
        if not conn.whole:
            req.force_close()
        req._expected_100_continue = False  # the event loop has said that, or the body was there before
        answer, environ = wsgi.create(req, conn.sock, conn.client, conn.server, self.cfg, response_class=Answer)
        environ["wsgi.multithread"] = True
        if not self.alive or len(self.keepalived_conns) >= self.max_keepalived:
            answer.force_close()
        try:
            self._respond(answer, environ)
        except OSError:
            raise
        except (Exception, SystemExit):
            if not answer.headers_sent:
                raise
            self.log.exception("Error handling request")  # too late for another answer
            return False
        finally:
            conn.rest = answer.rest
        return not answer.should_close()

    def _respond(self, answer: Answer, environ: dict[str, Any]) -> None:
        pieces = self.wsgi(environ, answer.start_response)
        try:
            if isinstance(pieces, wsgi.FileWrapper):
                answer.write_file(pieces)
            else:
                for piece in pieces:
                    answer.write(piece)
            answer.close()
        finally:
            if hasattr(pieces, "close"):
                pieces.close()

    def handle_error(self, req: Any, client: socket.socket, _addr: object, exc: Exception) -> None:
        """Answer what cannot be read as a request, or went wrong outside of the application (TH-77, TH-103).

        Nothing of the request is told or logged: there may be a capability in it. The base class tells both.
        """
        status = 500
        if isinstance(exc, errors.ParseException) and not isinstance(exc, _OURS):
            status = next((code for kind, code in _STATUSES.items() if isinstance(exc, kind)), 400)
            _log.info("no request", kind=type(exc).__name__, status=status)
        else:
            _log.error("fault", path=without_capabilities(getattr(req, "path", None) or ""), exc_info=exc)
        with suppress(OSError):  # whoever has not taken the answers before does not hear it
            client.send(_refusal(status), socket.MSG_DONTWAIT)

    def finish_request(self, conn: _Connection, kept: bool | None) -> None:
        """Have the rest of an answer sent, if there is one, and then keep the connection or close it."""
        try:
            conn.sock.setblocking(False)
            if kept is None:
                self._drop(conn)
            elif conn.rest:
                self._sending.add(conn, time.monotonic())
                self.poller.register(conn.sock, selectors.EVENT_WRITE, partial(self._send_on, conn, kept))
                while self._sending.too_many():
                    self._cut_off(self._sending.slowest())
            else:
                self._go_on(conn, kept)
        except Exception as exc:
            if not isinstance(exc, OSError):  # the connection has gone
                _log.error("fault", exc_info=exc)
            self._cut_off(conn)

    def _send_on(self, conn: _Connection, kept: bool, client: socket.socket) -> None:
        """Send more of an answer, now that the client has taken some."""
        if conn.gone:
            return
        try:
            if not self._sending.send(conn, client):
                return
        except OSError:
            self._cut_off(conn)
            return
        self._sending.remove(conn)
        self._forget(conn)
        self.finish_request(conn, kept)

    def _cut_off(self, conn: _Connection) -> None:
        """End a connection at once, with all that the kernel still has for it."""
        self._sending.remove(conn)
        self._forget(conn)
        with suppress(OSError):
            conn.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
        self._drop(conn)

    def _go_on(self, conn: _Connection, kept: bool) -> None:
        """Keep a connection for the next request, or close it; nobody is waited for (the base class does)."""
        rest = conn.parser.unreader.take_buffered()
        if not kept:
            self._leave(conn)
        elif rest:
            self._await(conn, rest)
        else:
            conn.set_timeout()
            if not self.alive:
                conn.timeout = min(conn.timeout, time.monotonic() + _LINGER)
            self.keepalived_conns.append(conn)
            self.poller.register(conn.sock, selectors.EVENT_READ, partial(self.on_client_socket_readable, conn))

    def _leave(self, conn: _Connection) -> None:
        """Close our side, and the whole once the client has closed or two seconds are over, so that it can read on."""
        try:
            conn.sock.shutdown(socket.SHUT_WR)
            self.poller.register(conn.sock, selectors.EVENT_READ, partial(self._drain, conn))
        except (OSError, ValueError, KeyError):
            self._drop(conn)
            return
        conn.timeout = time.monotonic() + _LINGER
        self._leaving[conn] = None

    def _drain(self, conn: _Connection, client: socket.socket) -> None:
        if conn.gone:
            return
        try:
            if client.recv(_PIECE):
                return
        except BlockingIOError:
            return
        except OSError:
            pass
        self._gone(conn)

    def _gone(self, conn: _Connection) -> None:
        self._leaving.pop(conn, None)
        self._forget(conn)
        self._drop(conn)

    def _drop(self, conn: _Connection) -> None:
        if not conn.gone:
            self.nr_conns -= 1
            conn.close()

    def _forget(self, conn: _Connection) -> None:
        with suppress(OSError, ValueError, KeyError):  # it was not registered, or is closed
            self.poller.unregister(conn.sock)

    def _no_longer_awaited(self, conn: _Connection) -> None:
        self._waiting.pop(conn, None)
        self._forget(conn)

    def _make_room(self) -> None:
        """Close what has waited longest, so that whoever comes is never refused for those who only sit there."""
        if self.nr_conns <= self._most:
            return
        if len(self._sending) > self._most // 2:
            self._cut_off(self._sending.slowest())
        elif self._leaving:
            self._gone(next(iter(self._leaving)))
        elif self._waiting:
            oldest = next(iter(self._waiting))
            self._no_longer_awaited(oldest)
            self._drop(oldest)
        elif self.keepalived_conns:
            self.keepalived_conns[0].timeout = 0
            self.murder_keepalived()
        elif self._sending:
            self._cut_off(self._sending.slowest())

    def murder_pending(self) -> None:
        """Let go whoever has not sent a whole request in time, or not taken the whole of an answer.

        A worker that stops waits for no first byte.
        """
        now = time.monotonic()
        if now - self._looked_at >= 1:
            self._looked_at = now
            for conn in self._sending.late(now):
                self._cut_off(conn)
        for conn in list(self._leaving):
            if conn.timeout > now:
                break
            self._gone(conn)
        for conn in list(self._waiting):
            begun = bool(conn.arriving.data)
            if conn.timeout > now and self.alive:
                break
            if conn.timeout > now and begun:
                continue
            self._no_longer_awaited(conn)
            if begun:
                conn.say(_TOO_SLOW)
            self._leave(conn)
