"""The OpenAPI document as people read it: what the page shows of every operation. Pure."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from services.openapi.document import Json, resolved

_METHODS = ("get", "post")


@dataclass(frozen=True, slots=True)
class Example:
    """One example of an answer: what it is about, the request that brings it, what has to be first, the body."""

    summary: str
    ask: str
    when: str
    body: str


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer of an operation."""

    status: str
    text: str
    kinds: list[str]
    headers: list[str]
    examples: list[Example]


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of an operation; `values` says in short what it may be."""

    name: str
    place: str
    required: bool
    text: str
    values: str


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation; `ways` are the security schemes that it knows, `needs` whether it is closed without them."""

    id: str
    method: str
    path: str
    summary: str
    text: str
    ways: list[str]
    needs: bool
    parameters: list[Parameter]
    fields: list[Parameter]
    answers: list[Answer]


@dataclass(frozen=True, slots=True)
class Section:
    """The operations of one service."""

    name: str
    text: str
    operations: list[Operation]


def sections(whole: Json) -> list[Section]:
    """Return what a page about a document shows, service by service in the document's order."""
    found = list(_operations(whole))
    return [
        Section(tag["name"], tag["description"], [each for name, each in found if name == tag["name"]])
        for tag in whole["tags"]
    ]


def _operations(whole: Json) -> Iterator[tuple[str, Operation]]:
    for path, item in whole["paths"].items():
        for method in _METHODS:
            if method in item:
                yield item[method]["tags"][0], _operation(whole, path, method, item[method])


def _operation(whole: Json, path: str, method: str, said: Json) -> Operation:
    security = said.get("security", [])
    return Operation(
        said["operationId"],
        method.upper(),
        path,
        said["summary"],
        said.get("description", ""),
        list(dict.fromkeys(name for way in security for name in way)),
        {} not in security and bool(security),
        [_parameter(whole, each) for each in said.get("parameters", [])],
        _fields(whole, said),
        [_answer(whole, status, each) for status, each in said["responses"].items()],
    )


def _parameter(whole: Json, node: Json) -> Parameter:
    said = resolved(whole, node)
    values = _values(resolved(whole, said["schema"]))
    return Parameter(said["name"], said["in"], said.get("required", False), said.get("description", ""), values)


def _fields(whole: Json, said: Json) -> list[Parameter]:
    """Return the fields of an operation's form."""
    content: Mapping[str, Any] = said.get("requestBody", {}).get("content", {})
    forms = [resolved(whole, each["schema"]) for each in content.values()]
    return [
        Parameter(name, "form", name in form.get("required", ()), field.get("description", ""), _values(field))
        for form in forms
        for name, field in form["properties"].items()
    ]


def _values(schema: Json) -> str:
    """Return in short what a value may be."""
    if "enum" in schema:
        return ", ".join(str(value) for value in schema["enum"])
    if "minimum" in schema:
        return f"{schema['minimum']} to {schema['maximum']}" if "maximum" in schema else f"from {schema['minimum']}"
    return f"at most {schema['maxLength']} characters" if "maxLength" in schema else ""


def _answer(whole: Json, status: str, node: Json) -> Answer:
    said = resolved(whole, node)
    content: Mapping[str, Json] = said.get("content", {})
    examples = [_example(each) for kind in content.values() for each in kind.get("examples", {}).values()]
    return Answer(status, said["description"], list(content), list(said.get("headers", {})), examples)


def _example(said: Json) -> Example:
    value = said["value"]
    body = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=2)
    ask = f"{said.get('x-method', 'GET')} {said['x-ask']}"
    return Example(said["summary"], ask, said.get("x-when", ""), body)
