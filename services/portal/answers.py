"""Answers of the portal: pages that are made for one reader."""

from flask import Response


def page_answer(text: str, policy: str) -> Response:
    """Return a page under a Content-Security-Policy; it is made for this reader, so nobody keeps it (TH-72)."""
    response = Response(text, content_type="text/html; charset=utf-8")
    response.headers["Cache-Control"] = "no-store"
    response.headers["Content-Security-Policy"] = policy
    response.vary.update(("Cookie", "Accept-Language"))
    return response
