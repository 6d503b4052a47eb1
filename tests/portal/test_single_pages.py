"""Objects on the shelf whose pages have policies of their own (TH-82, TH-86, TH-97)."""

import pytest
from flask.testing import FlaskClient

from services.context import Context
from tests.portal.conftest import POLICIES, publish

PAGES = """
[[objects.part-closed.pages]]
pages = "2"
policy = "members"

[[objects.first-closed.pages]]
pages = "1"
policy = "room"

[objects.part-open]
policy = "members"

[[objects.part-open.pages]]
pages = "2"
policy = "open"

[[objects.inside.pages]]
pages = "1-2"
policy = "here"

[policies.here]
patterns = ["external"]
networks = ["127.0.0.0/8"]
"""


@pytest.fixture
def shelf(context: Context, client: FlaskClient) -> FlaskClient:
    """Return a client of a portal with books of two pages each."""
    context.home.policies_file.write_text(POLICIES + PAGES)
    for object_id in ("part-closed", "first-closed", "part-open", "inside"):
        publish(context, object_id)
    return client


@pytest.mark.parametrize(
    ("object_id", "short", "sentence"),
    [
        ("part-closed", "Open in part", "Open to everyone, but some pages are restricted."),
        ("part-open", "Sign-in", "Some pages are open to everyone."),
        ("inside", "Open to you", "Some pages are restricted. You have access to them in this browser."),
    ],
)
def test_readers_are_told_that_some_pages_differ(shelf: FlaskClient, object_id: str, short: str, sentence: str):
    assert sentence in shelf.get(f"/objects/{object_id}").text
    row = next(each for each in shelf.get("/").text.split("<li") if f"/objects/{object_id}" in each)
    assert short in row


def test_th_86_pages_that_are_restricted_are_no_covers(shelf: FlaskClient):
    page = shelf.get("/").text
    assert "/part-closed-1/full/" in page
    assert "/first-closed-1" not in page
    assert "/part-open-1~degraded/full/" in page


def test_th_82_pages_that_are_restricted_have_a_search_box_with_words_and_without(context: Context, shelf: FlaskClient):
    def outward(words: int, policy: str) -> str:
        publish(context, "part-closed", policy=policy, words=words)
        return shelf.get("/objects/part-closed").text

    assert outward(0, "open") == outward(5, "open")
    assert 'name="q"' in outward(0, "open")


def test_th_97_the_shelf_stands_while_nobody_can_say_who_asks(context: Context, shelf: FlaskClient):
    context.home.state_file.mkdir()
    assert shelf.get("/").status_code == 200
