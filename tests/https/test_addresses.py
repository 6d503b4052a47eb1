"""The judge of the walk sees what it is there for."""

import pytest

from tests.deployment.reader import Reply
from tests.https.addresses import complaints

BASE = "https://books.library.test:8443/books"


def judged(body: str = "", *cookies: str, kind: str = "application/json", **headers: str) -> list[str]:
    reply = Reply(200, {"content-type": kind} | headers, body.encode(), cookies)
    return list(complaints(reply, f"{BASE}/objects/a", BASE))


@pytest.mark.parametrize(
    "body",
    [
        '{"id": "http://books.library.test:8443/books/search/2/a"}',
        '{"id": "https://books.library.test/books/search/2/a"}',
        '{"id": "https://books.library.test:8443/search/2/a"}',
        '{"id": "https://books.library.test:8443/booksearch/2/a"}',
        '{"id": "http:\\/\\/localhost:8080\\/search\\/2\\/a"}',
        '{"id": "https://localhost/search/2/a"}',
        '{"id": "http://evil.example/"}',
    ],
)
def test_an_address_that_is_not_below_the_public_url_is_seen(body):
    assert judged(body)


@pytest.mark.parametrize("body", ['<a href="/objects/a">', '<img src="//books.library.test/a">', "<a href='../../x'>"])
def test_a_link_of_a_page_that_leads_out_of_the_path_is_seen(body):
    assert judged(body, kind="text/html")


@pytest.mark.parametrize(
    "cookie",
    [
        "lectern=a; Secure; HttpOnly; Path=/",
        "__Host-a=b; HttpOnly; Path=/",
        "__Host-a=b; Secure; Path=/",
        "__Host-a=b; Secure; HttpOnly; Path=/books",
        "__Host-a=b; Secure; HttpOnly; Path=/; Domain=library.test",
    ],
)
def test_a_cookie_that_is_not_the_hosts_alone_is_seen(cookie):
    assert judged("", cookie)


def test_a_redirect_out_of_the_path_is_seen():
    assert judged(location="/objects/a")
    assert judged(location="https://evil.example/books/")
    assert not judged(location=f"{BASE}/objects/b")


def test_what_is_right_passes():
    text = f'{{"@context": "http://iiif.io/api/search/2/context.json", "id": "{BASE}/search/2/a"}}'
    assert not judged(text, "__Host-a=b; Secure; HttpOnly; Path=/; SameSite=Lax")
    assert not judged('<a href="b"><a href="/books/objects/c">', kind="text/html")
