import gzip

import pytest
from flask import Flask, request
from flask.testing import FlaskClient

from services import compression
from services.http import json_response, with_entity_tag

_LONG = {"text": "harbour " * 500}


@pytest.fixture
def client() -> FlaskClient:
    app = Flask("compressed")
    compression.install(app)

    @app.get("/answer")
    def answer():
        return with_entity_tag(json_response(_LONG, headers={"Cache-Control": request.args.get("cache", "public")}))

    return app.test_client()


_GZIP = {"Accept-Encoding": "gzip"}


def test_the_two_forms_have_entity_tags_of_their_own(client):
    plain, compressed = client.get("/answer"), client.get("/answer", headers=_GZIP)
    assert gzip.decompress(compressed.data) == plain.data
    assert compressed.get_etag() == (f"{plain.get_etag()[0]}-gzip", False)


def test_what_is_held_in_either_form_is_not_sent_again(client):
    for headers in ({}, _GZIP):
        tag = client.get("/answer", headers=headers).headers["ETag"]
        again = client.get("/answer", headers={**headers, "If-None-Match": f'"other", {tag}'})
        assert (again.status_code, again.data, again.headers["ETag"]) == (304, b"", tag)
        assert again.headers["Vary"] == client.get("/answer", headers=headers).headers["Vary"]
    assert client.get("/answer", headers={**_GZIP, "If-None-Match": '"other-gzip"'}).status_code == 200


def test_head_has_the_length_of_what_get_sends(client):
    assert client.head("/answer", headers=_GZIP).headers["Content-Length"] == str(
        len(client.get("/answer", headers=_GZIP).data)
    )


def test_the_same_answer_is_compressed_to_the_same_bytes(client):
    assert client.get("/answer", headers=_GZIP).data == client.get("/answer", headers=_GZIP).data


def test_what_only_one_reader_may_see_is_not_compressed(client):
    assert "Content-Encoding" not in client.get("/answer?cache=private,+no-store", headers=_GZIP).headers
