"""Pictures at a source: a real S3 server and web servers of every manner, honest, slow, lying and endless."""

import io
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from image.origin import OriginDown, OriginGone, PictureRefused, Validators
from ingest import s3
from ingest.remote import Remote
from ingest.s3 import keys_below
from lectern.errors import InputError, LecternError
from lectern.picture_sources import HttpSource
from tests.ingest.web import Answer, Web, serve
from tests.peers.storage import Storage, real_storage

PICTURE = bytes(range(256)) * 40


@pytest.fixture(scope="module")
def storage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Storage]:
    with real_storage(tmp_path_factory.mktemp("s3")) as storage:
        storage.put("vol 1/S. 1+ü.jpg", PICTURE)
        yield storage


@pytest.fixture
def web() -> Iterator[Web]:
    with serve() as web:
        yield web


def remote(web: Web, **changed: object) -> Remote:
    return Remote("web", HttpSource(kind="http", base=web.url("/scans"), **changed))


def fetched(source: Remote, key: str, known: Validators | None = None) -> tuple[bytes, Validators | None]:
    into = io.BytesIO()
    validators = source.get(key, known, into)
    return into.getvalue(), validators


@contextmanager
def raw(answer: Callable[[socket.socket], None]) -> Iterator[str]:
    """Serve one answer after another, byte by byte as a function writes it; yields the base address."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def run() -> None:
            while True:
                try:
                    sock, _ = listener.accept()
                except OSError:
                    return
                with sock:
                    sock.recv(65536)
                    try:
                        answer(sock)
                    except OSError:
                        continue

        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join(5)


def trouble(source: Remote, key: str = "p1.jpg") -> LecternError:
    with pytest.raises(LecternError) as caught:
        fetched(source, key)
    return caught.value


def test_a_picture_comes_from_s3_by_a_signed_request(storage: Storage):
    source = Remote("s3", storage.source())
    body, validators = fetched(source, "vol 1/S. 1+ü.jpg")
    assert body == PICTURE
    assert validators is not None
    assert fetched(source, "vol 1/S. 1+ü.jpg", validators) == (b"", None)
    assert fetched(Remote("s3", storage.source(prefix="vol 1/")), "S. 1+ü.jpg")[0] == PICTURE


def test_the_head_of_a_picture_is_read_alone_and_its_size_told(storage: Storage):
    head = Remote("s3", storage.source()).head("vol 1/S. 1+ü.jpg", 100)
    assert (head.data, head.total) == (PICTURE[:100], len(PICTURE))
    assert head.validators.etag


def test_s3_that_does_not_let_us_in_is_told_without_the_secret(storage: Storage):
    error = trouble(Remote("s3", storage.source(secret="wrong-and-secret")), "vol 1/S. 1+ü.jpg")
    assert isinstance(error, PictureRefused)
    assert "403" in str(error)
    assert "wrong-and-secret" not in str(error)
    assert "Signature" not in str(error)


def test_a_key_that_s3_has_not_is_gone(storage: Storage):
    assert isinstance(trouble(Remote("s3", storage.source()), "vol 1/none.jpg"), OriginGone)


def test_more_keys_than_one_answer_lists_are_all_found(storage: Storage):
    client = storage.client()
    for n in range(1005):
        client.put_object(Bucket="pictures", Key=f"lists/many/p{n}.jpg", Body=b"")
    found = list(keys_below("s3", storage.source(prefix="lists/"), "many"))
    assert sorted(found) == sorted(f"many/p{n}.jpg" for n in range(1005))


def test_a_folder_with_more_keys_than_an_object_can_have_is_refused(storage: Storage, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(s3, "MOST_KEYS", 1)
    storage.put("two/1.jpg", b"")
    storage.put("two/2.jpg", b"")
    with pytest.raises(InputError, match="more than 1 keys"):
        list(keys_below("s3", storage.source(), "two"))


def test_a_picture_beyond_the_limit_is_refused(storage: Storage):
    storage.put("huge.tif", bytes(5000))
    error = trouble(Remote("s3", storage.source(max_bytes=4096)), "huge.tif")
    assert isinstance(error, PictureRefused)
    assert "larger than 4096 bytes" in error.detail


@pytest.mark.parametrize("key", ["../p1.jpg", "a/../../p1.jpg", "%2e%2e/p1.jpg", "/etc", "//other/p", "p?q", "p#f", ""])
def test_no_key_leads_out_of_the_base(web: Web, key: str):
    assert isinstance(trouble(remote(web), key), PictureRefused)
    assert web.asked == []


def test_a_web_server_is_asked_below_its_base_with_its_header(web: Web):
    web.pages["/scans/vol%207/p%201.jpg"] = Answer(PICTURE, etag='"one"')
    source = remote(web, header="Authorization", secret="Bearer abc")
    assert fetched(source, "vol 7/p 1.jpg") == (PICTURE, Validators('"one"'))
    assert fetched(source, "vol 7/p 1.jpg", Validators('"one"')) == (b"", None)
    assert web.authorizations == ["Bearer abc"] * 2


def test_a_redirect_stays_at_its_origin(web: Web):
    web.pages["/scans/p1.jpg"] = Answer(status=302, headers={"Location": "/elsewhere/p1.jpg"})
    web.pages["/elsewhere/p1.jpg"] = Answer(PICTURE)
    assert fetched(remote(web), "p1.jpg")[0] == PICTURE
    assert isinstance(trouble(remote(web, redirects=0)), PictureRefused)


def test_a_redirect_to_another_host_or_port_is_refused_unasked(web: Web):
    with serve() as other:
        for target in (other.url("/p1.jpg"), f"http://localhost:{web.port}/p1.jpg"):
            web.pages["/scans/p1.jpg"] = Answer(status=302, headers={"Location": target})
            assert isinstance(trouble(remote(web, header="Authorization", secret="s")), PictureRefused)
        assert other.asked == []


def test_a_server_that_ignores_the_range_gives_the_head_all_the_same(web: Web):
    web.pages["/scans/p1.jpg"] = Answer(PICTURE, etag='"one"')
    head = remote(web, max_bytes=1024).head("p1.jpg", 100)
    assert (head.data, head.total, head.validators.etag) == (PICTURE[:100], len(PICTURE), '"one"')


@pytest.mark.parametrize(("status", "kind"), [(404, OriginGone), (410, OriginGone), (403, PictureRefused)])
def test_statuses_are_told_apart(web: Web, status: int, kind: type[LecternError]):
    web.pages["/scans/p1.jpg"] = Answer(status=status)
    assert isinstance(trouble(remote(web)), kind)


def test_a_server_that_is_not_there_is_down():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    source = Remote("web", HttpSource(kind="http", base=f"http://127.0.0.1:{port}/"))
    assert isinstance(trouble(source), OriginDown)


_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: image/jpeg\r\n"


def _endless(sock: socket.socket) -> None:
    sock.sendall(_HEAD + b"\r\n")
    while True:
        sock.sendall(bytes(65536))


def _breaks_off(sock: socket.socket) -> None:
    sock.sendall(_HEAD + b"Content-Length: 1000\r\n\r\n" + bytes(10))


def _more_than_told(sock: socket.socket) -> None:
    sock.sendall(_HEAD + b"Content-Length: 10\r\n\r\n" + bytes(1000))


def _endless_headers(sock: socket.socket) -> None:
    sock.sendall(b"HTTP/1.1 200 OK\r\n")
    while True:
        sock.sendall(b"X-More: and more\r\n")


def _drips(sock: socket.socket) -> None:
    sock.sendall(_HEAD + b"Content-Length: 1000\r\n\r\n")
    while True:
        sock.sendall(b"x")
        threading.Event().wait(0.05)


def _silent(sock: socket.socket) -> None:
    threading.Event().wait(1)


@pytest.mark.parametrize(
    ("answer", "kind", "said"),
    [
        (_endless, PictureRefused, "larger than"),
        (_breaks_off, OriginDown, "ended in the middle"),
        (_endless_headers, OriginDown, "cannot be fetched"),
        (_drips, PictureRefused, "takes longer than"),
        (_silent, OriginDown, "timed out"),
    ],
)
def test_a_server_of_bad_manners_costs_so_much_and_no_more(
    answer: Callable[[socket.socket], None], kind: type[LecternError], said: str
):
    with raw(answer) as base:
        source = Remote("web", HttpSource(kind="http", base=base, max_bytes=1 << 20, timeout=0.5, deadline=0.7))
        error = trouble(source)
    assert isinstance(error, kind)
    assert said in error.detail


def test_what_is_sent_beyond_the_told_length_is_not_read():
    with raw(_more_than_told) as base:
        assert fetched(Remote("web", HttpSource(kind="http", base=base)), "p1.jpg")[0] == bytes(10)
