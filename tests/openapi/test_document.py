"""The OpenAPI document tells every route and no other, is a valid document, and its parts fit together."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from jsonschema import Draft202012Validator
from jsonschema.validators import validator_for

from image.render import MEDIA_TYPES
from lectern.settings import Settings
from services import SERVICES
from services.app import create_app
from services.auth import verify
from services.context import Context
from services.credentials import COOKIE
from services.image import pixels
from services.openapi.document import Json, document, resolved
from services.openapi.reading import sections
from services.portal.bundles import BUNDLES

_IGNORED = {"HEAD", "OPTIONS"}  # said of all paths at once


def _shape(path: str) -> str:
    """Return a path in which all parameters look alike."""
    return re.sub(r"<[^>]+>|\{[^}]+\}", "*", path).replace("*.*", "*")


def _served(tmp_path: Path, *services: str) -> set[tuple[str, str]]:
    """Return the method and path of every route but the operator's pages, and of what stands before them."""
    app = create_app(Context(Settings(home=tmp_path)), services)
    rules = [rule for rule in app.url_map.iter_rules() if not rule.rule.startswith("/admin")]
    found = {(m, _shape(rule.rule)) for rule in rules for m in (rule.methods or set()) - _IGNORED}
    before = {"image": [pixels.ROUTE], "auth": [verify.PATH]}
    return found | {("GET", _shape(path)) for name in services for path in before.get(name, ())}


def _told(*services: str) -> set[tuple[str, str]]:
    paths = _document(*services)["paths"]
    return {(method.upper(), _shape(path)) for path, item in paths.items() for method in item}


def _document(*services: str) -> Json:
    return document(services, server="https://books.example.org", version="1", query_length=100)


def test_every_route_is_in_the_document_and_every_path_of_it_is_a_route(tmp_path: Path):
    assert _told(*SERVICES) == _served(tmp_path, *SERVICES)


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_alone_tells_its_own_routes(service: str, tmp_path: Path):
    assert _told(service) == _served(tmp_path, service)


def test_schemathesis_can_read_the_document(whole: Json):
    read = schemathesis.openapi.from_dict(whole)
    read.validate()
    assert len(list(read.get_all_operations())) == len(_told(*SERVICES))


def test_every_schema_is_a_valid_one(whole: Json):
    for name, schema in whole["components"]["schemas"].items():
        assert validator_for(schema, Draft202012Validator) is Draft202012Validator, name
        Draft202012Validator.check_schema(schema)


def test_ids_of_operations_are_all_different(whole: Json):
    ids = [operation["operationId"] for _, operation in _operations(whole)]
    assert len(ids) == len(set(ids))


def test_the_parameters_of_a_path_are_those_in_its_braces(whole: Json):
    for path, operation in _operations(whole):
        said = [resolved(whole, each) for each in operation.get("parameters", [])]
        assert {each["name"] for each in said if each["in"] == "path"} == set(re.findall(r"\{(\w+)\}", path)), path
        assert len({(each["in"], each["name"]) for each in said}) == len(said), path


def test_every_error_has_a_body_with_an_example_or_is_a_page_or_empty(whole: Json):
    for path, operation in _operations(whole):
        for status, node in operation["responses"].items():
            kinds = resolved(whole, node).get("content", {})
            problem = kinds.get("application/problem+json")
            if int(status) >= 400 and problem is not None and len(kinds) == 1:
                assert problem.get("examples"), (path, status)


def test_examples_fit_their_schemas(whole: Json):
    count = 0
    for _, schema, example in examples(whole):
        Draft202012Validator({**schema, "components": whole["components"]}).validate(example["value"])
        count += 1
    assert count > 40


def test_the_document_says_where_it_is_and_how_long_a_query_may_be():
    found = _document("search")
    assert found["servers"] == [{"url": "https://books.example.org"}]
    assert found["components"]["parameters"]["q"]["schema"]["maxLength"] == 100


def test_the_document_of_one_service_has_no_parts_that_only_others_need():
    assert "Manifest" not in _document("search")["components"]["schemas"]
    assert "SearchProblem" in _document("search")["components"]["schemas"]
    assert "NotFound" not in _document("auth")["components"]["responses"]


def test_what_may_be_chosen_is_what_the_code_knows(whole: Json):
    said = {name: resolved(whole, each["schema"]) for name, each in whole["components"]["parameters"].items()}
    assert said["viewerKey"]["enum"] == list(BUNDLES)
    assert said["format"]["enum"] == list(MEDIA_TYPES)
    assert whole["components"]["securitySchemes"]["session"]["name"] == COOKIE


def test_the_page_shows_every_operation_with_all_its_answers(whole: Json):
    shown = [each for section in sections(whole) for each in section.operations]
    assert len(shown) == len(_told(*SERVICES))
    verdict = next(each for each in shown if each.id == "verify")
    assert verdict.needs
    assert [answer.status for answer in verdict.answers] == ["204", "401", "403", "414", "429", "431", "500", "503"]
    enter = next(each for each in shown if each.id == "enter")
    assert [field.name for field in enter.fields][:2] == ["stamp", "action"]


def _operations(whole: Json) -> Iterator[tuple[str, Json]]:
    for path, item in whole["paths"].items():
        for operation in item.values():
            yield path, operation


def examples(whole: Json) -> Iterator[tuple[str, Json, dict[str, Any]]]:
    """Yield the name, schema and content of every example of an answer."""
    for path, operation in _operations(whole):
        for status, node in operation["responses"].items():
            for content in resolved(whole, node).get("content", {}).values():
                for name, example in content.get("examples", {}).items():
                    yield f"{path} {status} {name}", content["schema"], example
