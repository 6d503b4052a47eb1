"""A reader without a browser: keeps cookies, fills in forms, reads the message that a token page posts."""

import html
import http.client
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit

ORIGIN = "https://viewer.example.org"


@dataclass(frozen=True)
class Reply:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes
    cookies: tuple[str, ...] = ()  # as they were set, with their attributes

    @property
    def text(self) -> str:
        """Return the body as text."""
        return self.body.decode()

    def json(self) -> Any:
        """Return the body read as JSON."""
        return json.loads(self.body)


@dataclass
class Visitor:
    """Somebody with a browser of his own, at one installation."""

    base: str
    cookies: dict[str, str] = field(default_factory=dict)

    def ask(
        self,
        path: str,
        *,
        form: dict[str, str] | None = None,
        bearer: str | None = None,
        cookies: bool = True,
        **headers: str,
    ) -> Reply:
        """Return the answer to a GET, or to a POST of a form; redirects are not followed."""
        connection = self.connection()
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if cookies and self.cookies:
            sent["Cookie"] = "; ".join(f"{k}={v}" for k, v in self.cookies.items())
        if bearer is not None:
            sent["Authorization"] = f"Bearer {bearer}"
        body = None
        if form is not None:
            body = urlencode(form)
            sent |= {"Content-Type": "application/x-www-form-urlencoded", "Origin": self._origin}
        connection.request("GET" if form is None else "POST", path.removeprefix(self._origin), body, sent)
        response = connection.getresponse()
        set_cookies = tuple(response.headers.get_all("Set-Cookie") or ())
        named = {k.lower(): v for k, v in response.getheaders()}
        reply = Reply(response.status, named, response.read(), set_cookies)
        if cookies:
            self._keep(set_cookies)
        connection.close()
        return reply

    def connection(self) -> http.client.HTTPConnection:
        """Return a connection to the installation, opened at the first request."""
        place = urlsplit(self.base)
        return http.client.HTTPConnection(place.hostname or "", place.port, timeout=30)

    @property
    def _origin(self) -> str:
        return f"{urlsplit(self.base).scheme}://{urlsplit(self.base).netloc}"

    def _keep(self, cookies: Iterable[str]) -> None:
        for cookie in cookies:
            pair, *attributes = cookie.split(";")
            name, _, value = pair.partition("=")
            if value and not any("max-age=0" in a.lower() for a in attributes):
                self.cookies[name] = value
            else:
                self.cookies.pop(name, None)

    def sign_in(self, access: str, name: str, password: str) -> Reply:
        """Open the access service as a viewer does, fill in the form and send it."""
        path = f"{access}?{urlencode({'origin': ORIGIN})}"
        page = self.ask(path)
        assert page.status == 200, page.text
        stamp = re.search(r'name="stamp" value="([^"]+)"', page.text)
        assert stamp, page.text
        form = {"stamp": html.unescape(stamp[1]), "username": name, "password": password, "action": "sign-in"}
        return self.ask(path, form=form)

    def message(self, token: str, message_id: str = "7") -> dict[str, Any]:
        """Return the message that a framed token page posts to the viewer."""
        page = self.ask(f"{token}?{urlencode({'origin': ORIGIN, 'messageId': message_id})}")
        assert page.status == 200
        found = re.search(r"message = (\{.*?\}), origin = (\"[^\"]*\")", page.text)
        assert found, page.text
        assert json.loads(found[2]) == ORIGIN
        message: dict[str, Any] = json.loads(found[1])
        return message
