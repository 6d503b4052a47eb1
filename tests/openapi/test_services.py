"""Schemathesis asks every service, on a real server with data, what the document allows and what it does not.

As a stranger, as a signed-in reader, and as a viewer with a token. The same requests every time; `python -m
tests.load.openapi` asks thousands of others.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.openapi.document import Json
from tests.conftest import ROOT
from tests.openapi.asking import WHO, Reader, asked, live_server
from tests.openapi.situations import once

_EXAMPLES = 3  # requests an operation beside those that the document names and the edges of what it allows


@pytest.fixture(scope="session")
def reader(home: Path) -> Iterator[Reader]:
    """Return a server, and who is signed in there."""
    with live_server(home) as server:
        yield server


@pytest.mark.parametrize("who", WHO)
def test_schemathesis_finds_nothing(reader: Reader, who: str, tmp_path: Path):
    found = asked(reader, who, tmp_path, examples=_EXAMPLES)
    assert found.returncode == 0, found.stdout


def test_no_verdict_is_given_to_who_does_not_show_the_secret(reader: Reader, tmp_path: Path):
    found = asked(reader, "stranger", tmp_path, "--include-path", "/auth/verify", examples=1, checks=["ignored_auth"])
    assert found.returncode == 0, found.stdout


@pytest.mark.parametrize(("name", "path", "header"), [("AddressTooLong", 9000, 0), ("HeadTooLarge", 0, 40_000)])
def test_what_never_becomes_a_request_is_answered_as_the_example_says(
    reader: Reader, whole: Json, name: str, path: int, header: int
):
    (content,) = whole["components"]["responses"][name]["content"].values()
    (example,) = content["examples"].values()
    reply = once(reader.port, "GET", "/" + "x" * path, {"X-Long": "x" * header})
    assert (reply.status, reply.json()) == (example["value"]["status"], example["value"])


def test_the_client_of_the_docs_finds_words(reader: Reader, capsys: pytest.CaptureFixture[str]):
    (snippet,) = re.findall(r"```python\n(.*?)```", (ROOT / "docs/api.md").read_text(), re.S)
    replaced = snippet.replace("http://localhost:8080", reader.url).replace("my-book", "book").replace("harbour", "the")
    exec(compile(replaced, "docs/api.md", "exec"), {})
    assert f"{reader.url}/presentation/3/book/canvas/" in capsys.readouterr().out
