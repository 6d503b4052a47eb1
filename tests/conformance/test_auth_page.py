"""The page for implementers: its examples are valid and are sent, its table of errors is that of the code."""

import json
import re
from typing import Any

import pytest

from auth.services import TokenError
from tests.conformance.auth_shelf import info
from tests.conformance.test_schemas import SCHEMAS, errors
from tests.conftest import ROOT
from tests.services_auth.conftest import Browser, Site

PAGE = (ROOT / "docs" / "auth.md").read_text()
EXAMPLES = [(schema, json.loads(text)) for schema, text in re.findall(r"```json (\S+)\n(.*?)```", PAGE, re.S)]


@pytest.mark.parametrize(("schema", "example"), EXAMPLES)
def test_every_example_is_valid(schema: str, example: Any):
    assert errors(schema, example) == []


def test_there_is_an_example_of_everything():
    assert {schema for schema, _ in EXAMPLES} == {name for name in SCHEMAS if name.startswith("auth-")}
    assert PAGE.count("```json") == len(EXAMPLES)


def in_english(value: Any) -> Any:
    """Return a document with every language map cut down to English."""
    if isinstance(value, dict):
        if set(value) >= {"en"}:
            return {"en": value["en"]}
        return {key: in_english(each) for key, each in value.items()}
    return [in_english(each) for each in value] if isinstance(value, list) else value


def example(schema: str, n: int = 0) -> Any:
    return [found for name, found in EXAMPLES if name == schema][n]


def test_the_blocks_are_those_that_are_sent(stranger: Browser):
    assert info(stranger, "login").get_json()["service"] == [example("auth-1-service")]
    assert in_english(info(stranger, "external", 3).get_json()["service"]) == [example("auth-2-service")]


def test_the_results_are_those_that_are_sent(house: Site, stranger: Browser, member: Browser):
    assert member.probe("login-1") == example("auth-2-result")
    assert in_english(stranger.probe("tiered-1")) == example("auth-2-result", 1)


def test_the_messages_are_those_that_are_sent(house: Site, member: Browser):
    for version, schema in ((1, "auth-1-token"), (2, "auth-2-token")):
        found, told = member.message(version, "login"), example(schema)
        assert found | {"accessToken": told["accessToken"]} == told
    house.clock.move(house.context.settings.session_idle)
    assert in_english(member.message(2, "login")) == example("auth-2-token", 1)


def test_the_table_of_errors_is_complete():
    rows = re.findall(r"^\| [^|]+ \| `(\w+)` \| `(\w+)` \| (\d{3}) \|$", PAGE, re.M)
    assert rows == [(error.error, error.profile, str(error.status)) for error in TokenError]
