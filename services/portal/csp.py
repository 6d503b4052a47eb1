"""The Content-Security-Policy of our pages (TH-24, docs/reader.md). Pure."""

from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit


def page_policy(base_url: str, pictures: Sequence[str] = ()) -> str:
    """Return the policy of the portal's pages and the viewers in them, which no other site may frame.

    `pictures` are origins that borrowed pictures come from.
    """
    rules = {"font-src": "'self' data:", "worker-src": "'self' blob:", "frame-ancestors": "'self'"}
    return _policy(base_url, pictures, rules)


def reader_policy(base_url: str, pictures: Sequence[str] = ()) -> str:
    """Return the policy of the reader's page, which any site may frame: no click in it changes anything.

    `pictures` are origins that borrowed pictures come from.
    """
    return _policy(base_url, pictures, {"frame-ancestors": "*"})


def _policy(base_url: str, pictures: Sequence[str], own: Mapping[str, str]) -> str:
    """Return a policy: our own scripts, and data from the one origin that all ids are built from and from `pictures`.

    Inline styles are allowed because the viewers write them; frames because Auth 1 and 2 ask for tokens in one.
    """
    parts = urlsplit(base_url)
    origin = f"{parts.scheme}://{parts.netloc}"
    data = " ".join(("'self'", origin, *pictures))
    rules = {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self' 'unsafe-inline'",
        "img-src": f"{data} data: blob:",
        "connect-src": data,
        "frame-src": f"'self' {origin}",
        "form-action": "'self'",
        "base-uri": "'none'",
        **own,
    }
    return "; ".join(f"{name} {value}" for name, value in rules.items())
