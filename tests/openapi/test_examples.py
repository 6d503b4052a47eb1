"""Every example of an answer in the document is what the services answer, asked over the wire as it says."""

from pathlib import Path
from typing import Any

import pytest

from services import SERVICES
from services.openapi.document import Json, document, resolved
from tests.openapi.situations import BASE, OF_SERVERS, WHENS, situation


def _examples(whole: Json) -> dict[str, list[tuple[str, str, Json, dict[str, Any]]]]:
    """Return status, media type, answer and example by what has to be the matter first, each example once."""
    found: dict[str, list[tuple[str, str, Json, dict[str, Any]]]] = {}
    seen: set[int] = set()
    for item in whole["paths"].values():
        for operation in item.values():
            for status, node in operation["responses"].items():
                answer = resolved(whole, node)
                for kind, content in answer.get("content", {}).items():
                    for example in content.get("examples", {}).values():
                        if id(example) not in seen:
                            seen.add(id(example))
                            found.setdefault(example.get("x-when", ""), []).append((status, kind, answer, example))
    return found


_ASKED = _examples(document(SERVICES, server=BASE, version="1", query_length=1000))


def test_what_has_to_be_the_matter_is_something_that_the_tests_can_bring_about():
    assert set(_ASKED) == WHENS | OF_SERVERS


@pytest.mark.parametrize("when", sorted(WHENS), ids=lambda when: when or "nothing is the matter")
def test_examples_are_what_is_answered(when: str, home: Path, tmp_path: Path, whole: Json):
    with situation(when, home, tmp_path / "home") as server:
        for status, kind, answer, example in _ASKED[when]:
            reply = server.ask(example)
            told = f"{example['x-ask']}: {reply.status} {reply.body!r}"
            assert reply.status == int(status), told
            assert reply.headers["content-type"].partition(";")[0] == kind, told
            body = reply.json() if kind.endswith("json") else reply.body.decode()
            assert body == example["value"], told
            needed = {n.lower() for n, h in answer.get("headers", {}).items() if resolved(whole, h).get("required")}
            assert needed <= set(reply.headers), told
