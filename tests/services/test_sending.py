"""How answers leave a worker: whole, in their order, and nothing that waits for the event loop is forgotten."""

import io
import os
import select
import socket
import threading
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from gunicorn.config import Config
from gunicorn.http.wsgi import FileWrapper

from services import sending
from services.sending import LONGEST_SEND, MOST_AHEAD, SLOWEST, Answer, Pending, Rest, Threads, Wakes

_BODY = bytes(range(256)) * 4000  # more than a socket takes at once


@pytest.fixture
def ends() -> Iterator[tuple[socket.socket, socket.socket]]:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield ours, theirs


class _Counting:
    """A socket that counts how often it is written to."""

    def __init__(self, inner: socket.socket) -> None:
        self._inner = inner
        self.calls = 0

    def __getattr__(self, name: str) -> Any:
        self.calls += name in {"send", "sendall", "sendmsg"}
        return getattr(self._inner, name)


def _answer(sock: object, method: str = "GET") -> Answer:
    request = SimpleNamespace(method=method, version=(1, 1), should_close=lambda: False)
    return Answer(request, sock, Config())


def _received(theirs: socket.socket, ours: socket.socket, send: Any) -> bytes:
    found = bytearray()

    def read() -> None:
        while data := theirs.recv(65_536):
            found.extend(data)

    reader = threading.Thread(target=read)
    reader.start()
    send()
    ours.shutdown(socket.SHUT_WR)
    reader.join()
    return bytes(found)


def _send_rest(answer: Answer, ours: socket.socket) -> None:
    while answer.rest:
        assert select.select([], [ours], [], 20)[1]
        answer.rest.send(ours)


def test_head_and_body_go_out_in_one_call(ends: tuple[socket.socket, socket.socket]) -> None:
    sock = _Counting(ends[0])
    answer = _answer(sock)
    answer.start_response("200 OK", [("Content-Length", "3")])
    answer.write(b"abc")
    answer.close()
    assert sock.calls == 1
    head, body = ends[1].recv(1000).split(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 OK\r\n")
    assert b"Content-Length: 3" in head
    assert body == b"abc"


def test_a_body_that_does_not_fit_goes_out_whole(ends: tuple[socket.socket, socket.socket]) -> None:
    answer = _answer(ends[0])

    def send() -> None:
        answer.start_response("200 OK", [("Content-Length", str(len(_BODY)))])
        answer.write(_BODY)
        answer.close()
        assert answer.rest
        _send_rest(answer, ends[0])

    assert _received(ends[1], ends[0], send).partition(b"\r\n\r\n")[2] == _BODY


def test_pieces_without_a_length_go_out_in_chunks(ends: tuple[socket.socket, socket.socket]) -> None:
    answer = _answer(ends[0])
    answer.start_response("200 OK", [])
    for piece in (b"", b"abc", b"de"):
        answer.write(piece)
    answer.close()
    head, _, body = ends[1].recv(1000).partition(b"\r\n\r\n")
    assert b"Transfer-Encoding: chunked" in head
    assert body == b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"


def test_th_105_what_nobody_reads_waits_in_its_order(ends: tuple[socket.socket, socket.socket]) -> None:
    answer = _answer(ends[0])
    pieces = [bytes([number]) * 9_000 for number in range(200)]
    answer.start_response("200 OK", [("Content-Length", str(9_000 * 200))])
    for piece in pieces:
        answer.write(piece)
    answer.close()
    assert 0 < answer.rest.length < 9_000 * 200
    assert _received(ends[1], ends[0], lambda: _send_rest(answer, ends[0])).endswith(b"\r\n\r\n" + b"".join(pieces))


def test_chunks_that_nobody_reads_come_whole(ends: tuple[socket.socket, socket.socket]) -> None:
    answer = _answer(ends[0])
    answer.start_response("200 OK", [])
    for _ in range(3):
        answer.write(_BODY)
    answer.close()
    found = _received(ends[1], ends[0], lambda: _send_rest(answer, ends[0]))
    assert found.partition(b"\r\n\r\n")[2] == (b"%X\r\n" % len(_BODY) + _BODY + b"\r\n") * 3 + b"0\r\n\r\n"


def test_a_file_goes_out_whole(ends: tuple[socket.socket, socket.socket]) -> None:
    answer = _answer(ends[0])
    answer.start_response("200 OK", [("Content-Length", str(len(_BODY)))])
    answer.write_file(FileWrapper(io.BytesIO(_BODY)))
    answer.close()
    found = _received(ends[1], ends[0], lambda: _send_rest(answer, ends[0]))
    assert found.partition(b"\r\n\r\n")[2] == _BODY


class _Reader:
    """A connection of which only the rest of its answer matters."""

    def __init__(self, length: int) -> None:
        self.rest = Rest()
        self.rest.add([bytes(length)])
        self.timeout = 0.0


def test_th_105_who_has_taken_nothing_for_longest_is_the_slowest_and_who_is_late_is_known(
    ends: tuple[socket.socket, socket.socket],
) -> None:
    pending: Pending[_Reader] = Pending()
    first, second, third = _Reader(1000), _Reader(len(_BODY)), _Reader(SLOWEST)
    pending.add(first, 0)
    pending.add(second, 0)
    pending.add(third, 5)
    assert pending.send(first, ends[0])
    assert pending.slowest() is second
    assert not pending.send(second, ends[0])
    assert pending.slowest() is third
    assert not pending.send(third, ends[0])  # there is no room
    assert pending.slowest() is third
    assert pending.late(LONGEST_SEND + 1) == [first]
    assert pending.late(LONGEST_SEND + 6.5) == [third, first]
    for reader in (first, second, second):
        pending.remove(reader)
    assert pending.length == SLOWEST


def test_th_105_what_waits_for_readers_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.sending.MOST_UNSENT", 1500)
    pending: Pending[_Reader] = Pending()
    pending.add(_Reader(2000), 0)
    assert not pending.too_many()
    pending.add(_Reader(10), 0)
    assert pending.too_many()


def test_an_answer_without_a_body_is_its_head(ends: tuple[socket.socket, socket.socket]) -> None:
    answer = _answer(ends[0], "HEAD")
    answer.start_response("200 OK", [("Content-Length", "3")])
    answer.close()
    assert ends[1].recv(1000).endswith(b"\r\n\r\n")


def test_threads_do_all_tasks_and_end() -> None:
    done: list[int] = []
    threads = Threads(2, done.append)
    before = set(threading.enumerate())
    for number in range(50):
        threads.put(number)
    threads.shutdown(wait=False)
    for thread in set(threading.enumerate()) - before:
        thread.join(20)
        assert not thread.is_alive()
    assert sorted(done) == list(range(50))


def test_several_calls_wake_the_loop_once_and_all_are_made() -> None:
    wakes, called = Wakes(), list[int]()
    wakes.init()
    try:
        for number in range(3):
            wakes.defer(called.append, number)
        wakes.run_callbacks(None)
        assert called == [0, 1, 2]
        assert not select.select([wakes], [], [], 0)[0]
    finally:
        wakes.close()


def test_what_comes_while_calls_are_made_wakes_the_loop_anew() -> None:
    wakes, called = Wakes(), list[str]()
    wakes.init()
    try:
        wakes.defer(lambda: wakes.defer(called.append, "later"))
        wakes.run_callbacks(None)
        assert select.select([wakes], [], [], 0)[0]
        wakes.run_callbacks(None)
        assert called == ["later"]
    finally:
        wakes.close()


def test_a_thread_that_is_done_after_the_loop_ended_writes_nowhere() -> None:
    wakes = Wakes()
    wakes.init()
    wakes.close()
    reader, writer = os.pipe()
    try:
        wakes._write_fd = writer  # the number is another file's now
        wakes.defer(lambda: None)
        assert not select.select([reader], [], [], 0)[0]
    finally:
        os.close(reader)
        os.close(writer)


def test_a_thread_that_finds_the_pipe_closed_goes_on() -> None:
    wakes = Wakes()
    wakes.init()
    wakes.close()
    wakes._woken = False  # looked at before it was closed
    wakes._write_fd = -1
    wakes.defer(lambda: None)


def test_a_call_that_fails_takes_no_other_with_it() -> None:
    wakes, called = Wakes(), list[int]()
    wakes.init()
    try:
        wakes.defer(lambda: called.append(1 // 0))
        wakes.defer(called.append, 1)
        wakes.run_callbacks(None)
        assert called == [1]
    finally:
        wakes.close()


def test_what_ends_after_the_worker_has_stopped_raises_nothing() -> None:
    wakes = Wakes()
    wakes.init()
    wakes.close()
    wakes.defer(print)


def test_no_process_waits_for_a_thread_that_works() -> None:
    begun, free = threading.Event(), threading.Event()

    def work(_task: object) -> None:
        begun.set()
        free.wait(20)

    threads = Threads(1, work)
    before = set(threading.enumerate())
    threads.put(1)
    assert begun.wait(20)
    assert all(thread.daemon for thread in set(threading.enumerate()) - before)
    free.set()
    threads.shutdown()


def test_a_body_of_many_pieces_waits_for_its_reader_and_is_never_all_in_memory(ends):
    ours, theirs = ends
    answer, most = _answer(ours), 0

    def send() -> None:
        nonlocal most
        answer.start_response("200 OK", [("Content-Length", str(100 * len(_BODY)))])
        for _ in range(100):
            answer.write(_BODY)
            most = max(most, answer.rest.length)
        _send_rest(answer, ours)

    assert _received(theirs, ours, send).endswith(_BODY * 100)
    assert most <= MOST_AHEAD + len(_BODY)


def test_a_reader_who_takes_nothing_of_such_a_body_is_given_up(ends, monkeypatch):
    ours, _ = ends
    monkeypatch.setattr(sending, "LONGEST_SEND", 0)
    monkeypatch.setattr(sending, "SLOWEST", 1 << 40)
    answer = _answer(ours)
    answer.start_response("200 OK", [("Content-Length", str(100 * len(_BODY)))])
    while answer.rest.length <= MOST_AHEAD:
        answer.write(_BODY)
    with pytest.raises(TimeoutError):
        answer.write(_BODY)
