"""How much of a request is there, whatever pieces it comes in (TH-105)."""

import pytest

from services.arriving import LARGEST_BODY, LARGEST_HEAD, Arriving, Stage

GET = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
POST = b"POST /a HTTP/1.1\r\nHost: x\r\ncontent-length : 5\r\n\r\nabcde"
CHUNKED = b"POST /a HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5;a=b\r\n0\r\n\r\n\r\n1\r\nx\r\n0\r\n\r\n"
TRAILERS = b"POST /a HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\nA: b\r\n\r\n"


@pytest.mark.parametrize("request_", [GET, POST, CHUNKED, TRAILERS])
@pytest.mark.parametrize("piece", [1, 2, 3, 7, 1000])
def test_a_request_is_whole_with_its_last_byte(request_: bytes, piece: int):
    arriving, stages = Arriving(), []
    for at in range(0, len(request_), piece):
        stages.append(arriving.add(request_[at : at + piece]))
    assert stages[-1] is Stage.WHOLE
    assert set(stages[:-1]) <= {Stage.WAITING}
    assert bytes(arriving.data) == request_


def test_what_follows_a_request_does_not_matter():
    assert Arriving().add(GET + GET[:10]) is Stage.WHOLE


@pytest.mark.parametrize(
    "malformed",
    [b"GET / HTTP/1.1\nHost: x\n\n", b"\n", b"x\r\n\r\n"],
)
def test_a_malformed_head_is_the_parsers_to_refuse(malformed: bytes):
    assert Arriving().add(malformed) is Stage.WHOLE


@pytest.mark.parametrize("size", [b"zz", b"", b"-1", b"+1", b"1_0", b"0x1", b" 1", b"1 1", b"1" * 17])
def test_chunks_of_no_size_are_malformed(size: bytes):
    assert Arriving().add(GET[:-2] + b"Transfer-Encoding: chunked\r\n\r\n" + size + b"\r\n") is Stage.MALFORMED


def test_too_much_is_not_waited_for():
    head = GET[:-2]
    assert Arriving().add(head + b"A: " + b"x" * LARGEST_HEAD) is Stage.HEAD_TOO_LARGE
    assert Arriving().add(head + b"Content-Length: %d\r\n\r\n" % (LARGEST_BODY + 1)) is Stage.BODY_TOO_LARGE
    chunked = head + b"Transfer-Encoding: chunked\r\n\r\n"
    assert Arriving().add(chunked + b"ffffffff\r\n") is Stage.BODY_TOO_LARGE
    assert Arriving().add(chunked + b"1\r\nx\r\n" * (LARGEST_BODY // 6 + 1)) is Stage.BODY_TOO_LARGE
    assert Arriving().add(chunked + b"1;" + b"x" * LARGEST_BODY) is Stage.BODY_TOO_LARGE


def test_who_expects_to_be_told_to_go_on_is_noticed():
    arriving = Arriving()
    arriving.add(POST[:-9] + b"\r\nExpect: 100-Continue\r\n\r\n")
    assert arriving.expects
