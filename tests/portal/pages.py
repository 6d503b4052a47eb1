"""Reads our pages as a browser would."""

from typing import Self

from lxml import html
from werkzeug.test import TestResponse


class Page:
    """A parsed page."""

    def __init__(self, answer: TestResponse) -> None:
        assert answer.status_code == 200, answer.status
        self.tree = html.document_fromstring(answer.get_data())

    @classmethod
    def of(cls, text: str) -> Self:
        """Return a page of the text of one."""
        page = cls.__new__(cls)
        page.tree = html.document_fromstring(text)
        return page

    def texts(self, path: str) -> list[str]:
        return [" ".join(element.text_content().split()) for element in self.elements(path)]

    def elements(self, path: str) -> list[html.HtmlElement]:
        return [found for found in self._find(path) if isinstance(found, html.HtmlElement)]

    def values(self, path: str) -> list[str]:
        return [str(value) for value in self._find(path)]

    def _find(self, path: str) -> list[object]:
        found = self.tree.xpath(path)
        return list(found) if isinstance(found, list) else []
