"""The request log says what counts and tells no secrets."""

import json
from pathlib import Path

from tests.viewers.log import Log

ROW = {
    "host": "books.library.test",
    "method": "GET",
    "uri": "/iiif/2/readers-1/0,0,512,512/512,/0/default.jpg?a=b",
    "status": 200,
    "cookie": "__Host-lectern-session=secret",
    "authorization": "Bearer secret",
    "origin": "",
    "site": "same-site",
    "mode": "no-cors",
    "dest": "image",
}


def test_a_trace_names_each_kind_of_request_once_and_no_secret(tmp_path: Path):
    file = tmp_path / "asked.log"
    file.write_text(json.dumps(ROW) + "\n")
    log = Log(file)
    log.mark()
    other = {**ROW, "uri": "/iiif/2/readers-1/512,0,512,512/512,/0/default.jpg", "authorization": "Bearer other"}
    page = {**ROW, "uri": "/bench/pages/uv.html"}
    file.write_text("".join(json.dumps(row) + "\n" for row in (ROW, ROW, other, page)) + '{"unfinished')
    assert log.trace() == ("GET /iiif/2/readers-1/(tile) -> 200 (the cookie, Bearer token; no-cors image same-site) x2")
    (first, second, _) = log.asked()
    assert first.is_tile
    assert first.cookie
    assert second.bearer == "token"
