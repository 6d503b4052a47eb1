"""What is fetched from other servers, and what is not: addresses, redirects, sizes, busy servers, validators."""

import email.utils
import errno
import gzip
import io
import os
import shutil
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from ingest.fetching import Fetcher, Limits, user_agent
from ingest.publicness import is_public
from ingest.traps import Unreadable
from lectern import __version__
from lectern.errors import StoreUnavailable
from tests.ingest.web import Answer, Web, serve


@pytest.fixture
def web() -> Iterator[Web]:
    with serve() as web:
        yield web


def fetcher(**limits: object) -> Fetcher:
    return Fetcher(Limits(**({"private": True} | limits)))  # type: ignore[arg-type]


def refusal(fetcher: Fetcher, url: str) -> tuple[str, str]:
    with pytest.raises(Unreadable) as caught:
        fetcher.get(url)
    return caught.value.trap, caught.value.detail


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.8.9.1", "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254",
        "100.64.0.1", "198.18.0.1", "203.0.113.5", "224.0.0.251", "240.0.0.1", "255.255.255.255",
        "::", "::1", "fe80::1", "fe80::1%eth0", "fc00::1", "fd12:3456::1", "ff02::1", "2001:db8::1",
        "::127.0.0.1", "fec0::1", "3fff::1", "5f00::1", "64:ff9b:1::7f00:1", "4000::1",
        "192.0.0.1", "192.0.0.9", "192.0.0.10", "192.31.196.7", "192.52.193.1", "192.88.99.1", "192.175.48.6",
        "2620:4f:8000::1", "3ffe::1", "3ffe:ffff::1", "::ffff:192.88.99.1", "2002:c058:6301::1", "64:ff9b::c000:9",
        "::ffff:127.0.0.1", "::ffff:10.0.0.1", "2002:7f00:1::", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe",
    ],
)  # fmt: skip
def test_private_addresses_are_known_in_every_dress(address: str):
    assert not is_public(address)


@pytest.mark.parametrize(
    "address",
    ["8.8.8.8", "193.62.17.1", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808", "192.0.1.1", "192.88.98.1"],
)
def test_public_addresses_are_known(address: str):
    assert is_public(address)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/", "http://127.1/", "http://2130706433/", "http://0x7f000001/", "http://0177.0.0.1/",
        "http://localhost/", "http://LOCALHOST:80/", "http://[::1]/", "http://[::ffff:127.0.0.1]/", "http://0/",
        "http://169.254.169.254/latest/meta-data/", "http://[::]/", "http://10.0.0.1:8080/x",
        "http://[0:0:0:0:0:0:0:1]/", "http://[::127.0.0.1]/",
    ],
)  # fmt: skip
def test_a_private_host_is_refused_however_it_is_spelled(url: str):
    trap, detail = refusal(Fetcher(), url)
    assert trap == "fetch-refused"
    assert "private address" in detail


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd", "ftp://example.org/x", "gopher://example.org/", "data:text/plain,x", "/etc/passwd", "",
        "http:///x", "http://user:secret@example.org/", "http://example.org:99999/", "http://[::1/", "javascript:1", "http://example.org/\ud800",
    ],
)  # fmt: skip
def test_other_schemes_and_odd_addresses_are_refused_without_a_connection(url: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: pytest.fail("it was resolved"))
    assert refusal(fetcher(), url)[0] == "fetch-refused"


def test_one_private_address_among_public_ones_is_enough_to_refuse(monkeypatch: pytest.MonkeyPatch):
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (ip, 80)) for ip in ("8.8.8.8", "10.0.0.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
    assert "10.0.0.1" in refusal(Fetcher(), "http://books.example.org/")[1]


def test_the_connection_goes_to_the_judged_address_and_names_the_host(web: Web, monkeypatch: pytest.MonkeyPatch):
    web.pages["/a"] = Answer(b"here")
    usual, asked = socket.getaddrinfo, []

    def resolve(host: str, *rest: object, **more: object) -> object:
        asked.append(host)
        assert asked.count("books.example.org") <= 1, "a second look would meet another address"
        return usual("127.0.0.1" if host == "books.example.org" else host, *rest, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    assert fetcher().get(f"http://books.example.org:{web.port}/a").body == b"here"
    assert web.hosts == [f"books.example.org:{web.port}"]


def test_a_redirect_is_judged_like_the_first_address(web: Web, monkeypatch: pytest.MonkeyPatch):
    web.pages["/away"] = Answer(status=302, headers={"Location": "file:///etc/passwd"})
    assert "no http" in refusal(fetcher(), web.url("/away"))[1]
    web.pages["/inside"] = Answer(
        status=302, headers={"Location": web.url("/secret").replace("127.0.0.1", "127.0.0.2")}
    )
    monkeypatch.setattr("ingest.fetching.is_public", lambda address: address == "127.0.0.1")
    assert "127.0.0.2" in refusal(Fetcher(), web.url("/inside"))[1]
    assert [path for path, _ in web.asked] == ["/away", "/inside"]


def test_a_redirect_to_nonsense_is_a_failure(web: Web):
    web.pages["/"] = Answer(status=302, headers={"Location": "http://[::1"})
    assert refusal(fetcher(), web.url("/"))[0] == "fetch-failed"


def test_letters_beyond_ascii_and_blanks_are_encoded(web: Web):
    web.pages["/b%C3%BCch%20er?seite=%C3%A4"] = Answer(b"x")
    assert fetcher().get(web.url("/büch er?seite=ä#mark")).body == b"x"


def test_three_redirects_are_followed_and_no_more(web: Web):
    for n in range(1, 5):
        web.pages[f"/{n}"] = Answer(status=301, headers={"Location": str(n + 1)})
    web.pages["/5"] = Answer(b"end")
    assert fetcher().get(web.url("/2")).body == b"end"
    assert "more than 3 redirects" in refusal(fetcher(), web.url("/1"))[1]


def test_only_allowed_hosts_are_asked(web: Web):
    web.pages["/"] = Answer(b"x")
    assert fetcher(hosts=frozenset({"127.0.0.1"})).get(web.url("/")).body == b"x"
    assert "not among those allowed" in refusal(fetcher(hosts=frozenset({"example.org"})), web.url("/"))[1]


def test_a_file_ends_at_the_limit(web: Web):
    web.pages["/"] = Answer(bytes(100_000))
    assert len(fetcher(file_bytes=100_000).get(web.url("/")).body or b"") == 100_000
    assert "larger than 99999 bytes" in refusal(fetcher(file_bytes=99_999), web.url("/"))[1]


def test_all_files_together_end_at_the_limit(web: Web):
    web.pages["/"] = Answer(bytes(60))
    one = fetcher(total_bytes=100)
    assert one.get(web.url("/")).body
    assert "in all" in refusal(one, web.url("/"))[1]


def test_a_slow_file_ends_at_the_deadline(web: Web):
    web.pages["/"] = Answer(b"x")
    assert "longer than" in refusal(fetcher(file_seconds=-1.0), web.url("/"))[1]


def test_a_silent_server_is_given_up():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        trap, _ = refusal(fetcher(idle_seconds=0.1), f"http://127.0.0.1:{silent.getsockname()[1]}/")
    assert trap == "fetch-failed"


@pytest.mark.parametrize("start", [b"", b"HTTP/1.1 200 OK\r\nX: ", b"HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n"])
def test_a_server_that_sends_drop_by_drop_is_given_up_at_the_deadline(start: bytes):
    over = threading.Event()

    def drip() -> None:
        connection, _ = server.accept()
        with connection, suppress(OSError):
            connection.sendall(start)
            while not over.wait(0.02):
                connection.sendall(b"x")

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=drip)
        thread.start()
        url = f"http://127.0.0.1:{server.getsockname()[1]}/"
        try:
            assert "longer than" in refusal(fetcher(file_seconds=0.3, idle_seconds=5.0), url)[1]
        finally:
            over.set()
            thread.join()


def test_the_next_address_is_tried_where_one_does_not_answer(web: Web, monkeypatch: pytest.MonkeyPatch):
    web.pages["/"] = Answer(b"x")
    usual = socket.getaddrinfo
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (ip, 80)) for ip in ("127.0.0.9", "127.0.0.1")]

    def resolve(host: str, *rest: object, **more: object) -> object:
        return found if host == "two.example" else usual(host, *rest, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    assert fetcher().get(f"http://two.example:{web.port}/").body == b"x"


@pytest.mark.parametrize(
    "host",
    ["a\0b", "a b", "x" * 70, "b%00.example", "-.example", "a\u2028b", "[fe80::1%25lo]", "[::1%25lo]", "127.0.0.1."],
)
def test_a_host_that_cannot_be_one_is_a_failure(host: str):
    with pytest.raises(Unreadable):
        fetcher().get(f"http://{host}/")


def test_a_body_goes_into_a_file(web: Web, tmp_path: Path):
    web.pages["/"] = Answer(b"x" * 100)
    with (tmp_path / "file").open("wb") as file:
        assert fetcher().get(web.url("/"), into=file).body == b""
    assert (tmp_path / "file").read_bytes() == b"x" * 100


class FullDisk(io.BytesIO):
    """A file on a disk that has no room."""

    def write(self, data: object) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_a_full_disk_is_no_fault_of_the_server(web: Web):
    web.pages["/"] = Answer(b"x" * 100)
    with pytest.raises(StoreUnavailable, match="cannot be written: No space left"):
        fetcher().get(web.url("/"), into=FullDisk())


def test_servers_are_told_who_asks(web: Web):
    web.pages["/"] = Answer(b"x")
    Fetcher(Limits(private=True), agent=user_agent("mailto:a@example.org")).get(web.url("/"))
    assert web.agents == [f"lectern/{__version__} (+mailto:a@example.org)"]
    assert user_agent() == f"lectern/{__version__}"


def test_a_torn_answer_is_no_file(web: Web):
    web.pages["/"] = Answer(b"half", headers={"Content-Length": "9"})
    assert refusal(fetcher(idle_seconds=0.3), web.url("/"))[0] == "fetch-failed"


@pytest.mark.parametrize("status", [204, 400, 401, 403, 404, 410, 451, 500])
def test_what_the_server_says_instead_is_told(web: Web, status: int):
    web.pages["/"] = Answer(status=status)
    trap, detail = refusal(fetcher(), web.url("/"))
    assert trap == ("fetch-gone" if status in {404, 410, 451} else "fetch-failed")
    assert str(status) in detail


def test_compressed_answers_nobody_asked_for_are_unpacked_within_the_limit(web: Web):
    packed = gzip.compress(b"one, ") + gzip.compress(b"two")
    web.pages["/"] = Answer(packed, headers={"Content-Encoding": "x-gzip"})
    assert fetcher().get(web.url("/")).body == b"one, two"
    bomb = gzip.compress(bytes(50_000_000))
    web.pages["/bomb"] = Answer(bomb, headers={"Content-Encoding": "gzip"})
    assert len(bomb) < 100_000
    assert "larger than 100000 bytes" in refusal(fetcher(file_bytes=100_000), web.url("/bomb"))[1]


@pytest.mark.parametrize(
    ("coding", "body"),
    [("br", b"x"), ("gzip", b"x"), ("gzip", gzip.compress(b"half" * 1000, mtime=0)[:-9]), ("gzip, gzip", b"")],
    ids=["other", "none", "half", "twice"],
)
def test_what_cannot_be_unpacked_is_no_file(web: Web, coding: str, body: bytes):
    web.pages["/"] = Answer(body, headers={"Content-Encoding": coding})
    trap, detail = refusal(fetcher(), web.url("/"))
    assert (trap, "compressed" in detail) == ("fetch-failed", True)


def test_a_busy_server_is_asked_again_when_it_says(web: Web):
    waits: list[float] = []
    later = email.utils.formatdate(time.time() + 50, usegmt=True)
    web.pages["/"] = [
        Answer(status=503, headers={"Retry-After": "7"}),
        Answer(status=429, headers={"Retry-After": later}),
        Answer(b"x"),
    ]
    assert Fetcher(Limits(private=True), sleep=waits.append).get(web.url("/")).body == b"x"
    assert 6 < waits[0] <= 7
    assert 40 < waits[1] <= 50


def test_who_wants_us_to_wait_for_an_hour_is_not_waited_for(web: Web):
    waits: list[float] = []
    web.pages["/"] = Answer(status=503, headers={"Retry-After": "3600"})
    with pytest.raises(Unreadable, match="busy"):
        Fetcher(Limits(private=True), sleep=waits.append).get(web.url("/"))
    assert waits == []


@pytest.mark.parametrize(
    "when", ["99999999", "Fri, 31 Dec 9999 23:59:59 GMT", "Fri, 31 Dec 10000 23:59:59 GMT", "9" * 99]
)
def test_a_time_that_is_years_away_keeps_nobody_waiting(web: Web, when: str):
    waits: list[float] = []
    web.pages["/"] = Answer(status=429, headers={"Retry-After": when})
    with pytest.raises(Unreadable, match="busy"):
        Fetcher(Limits(private=True), sleep=waits.append).get(web.url("/"))
    assert sum(waits) < 10


def test_a_host_lets_us_wait_so_long_in_all_and_no_longer(web: Web):
    patient = Fetcher(Limits(private=True, host_wait=250), sleep=lambda _: None)
    web.pages["/"] = Answer(status=503, headers={"Retry-After": "100"})
    for _ in range(5):
        with pytest.raises(Unreadable, match="busy"):
            patient.get(web.url("/"))
    assert len(web.asked) == 3 + 4  # three attempts, then one at a time


@pytest.mark.parametrize(
    ("date", "sent"), [("Mon, 16 Feb 2026 00:00:00 GMT", True), ("Mon, 16 Feb 2976 00:00:00 GMT", False), ("?", True)]
)
def test_what_is_said_to_be_of_the_future_is_asked_for_whole(web: Web, date: str, sent: bool):
    web.pages["/"] = Answer(b"x")
    fetcher().get(web.url("/"), "", date)
    assert web.since == [date if sent else ""]


def test_validators_are_given_back_and_sent(web: Web):
    web.pages["/"] = Answer(b"x", etag='"1"', headers={"Last-Modified": "Mon, 16 Feb 2026 00:00:00 GMT"})
    first = fetcher().get(web.url("/"))
    assert (first.etag, first.last_modified) == ('"1"', "Mon, 16 Feb 2026 00:00:00 GMT")
    assert fetcher().get(web.url("/"), first.etag, first.last_modified).body is None
    assert [status for _, status in web.asked] == [200, 304]


def test_the_default_allows_nothing_on_this_machine(web: Web):
    web.pages["/"] = Answer(b"x")
    assert refusal(Fetcher(), web.url("/"))[0] == "fetch-refused"
    assert web.asked == []


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> tuple[ssl.SSLContext, Path]:
    """Return a server's side of TLS for books.example, and the file of the authority that vouches for it."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("there is no openssl")
    folder = tmp_path_factory.mktemp("tls")
    subject = ["-subj", "/CN=books.example", "-addext", "subjectAltName=DNS:books.example", "-days", "2"]
    files = ["-keyout", str(folder / "key"), "-out", str(folder / "certificate")]
    made = [openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", *subject, *files]
    subprocess.run(made, check=True, capture_output=True, timeout=60)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "certificate", folder / "key")
    return context, folder / "certificate"


@pytest.fixture
def secure(own: tuple[ssl.SSLContext, Path], monkeypatch: pytest.MonkeyPatch) -> Iterator[Web]:
    """Return a server with TLS; every host name leads to it."""
    usual = socket.getaddrinfo
    monkeypatch.setattr(socket, "getaddrinfo", lambda _host, *rest, **more: usual("127.0.0.1", *rest, **more))
    with serve(own[0]) as web:
        web.pages["/a"] = Answer(b"here")
        yield web


def test_tls_is_spoken_with_the_host_that_the_certificate_names(secure: Web, own: tuple[ssl.SSLContext, Path]):
    trusting = Fetcher(Limits(private=True), tls=ssl.create_default_context(cafile=str(own[1])))
    assert trusting.get(f"https://books.example:{secure.port}/a").body == b"here"
    assert secure.hosts == [f"books.example:{secure.port}"]
    for host in ("other.example", "127.0.0.1"):
        trap, detail = refusal(trusting, f"https://{host}:{secure.port}/a")
        assert (trap, "certificate" in detail) == ("fetch-failed", True)


def test_a_certificate_that_nobody_vouches_for_is_a_failure(secure: Web):
    trap, detail = refusal(fetcher(), f"https://books.example:{secure.port}/a")
    assert (trap, "certificate" in detail) == ("fetch-failed", True)
    assert secure.asked == []
