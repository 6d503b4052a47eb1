"""The OpenAPI document of some services, put together of their parts: pure.

Every service has a file of its own beside this one, with the paths and the components that only it needs; `shared.json`
has what they have in common, `running.json` what every process answers.
"""

import json
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

Json = dict[str, Any]

_HERE = Path(__file__).parent
_ALWAYS = ("running",)
_OF_EXAMPLES = "http://localhost:8080"  # the server of the examples in the files
# What any operation can be answered before its service is asked (services/worker.py).
_BEFORE = {"414": "AddressTooLong", "431": "HeadTooLarge"}


def document(services: Sequence[str], *, server: str, version: str, query_length: int) -> Json:
    """Return the document of the services that a process runs.

    `server` is the base URL that its paths are below, `query_length` the most characters of a query.
    """
    whole = _part("shared", server)
    whole["info"]["version"] = version
    whole["servers"] = [{"url": server}]
    whole |= {"tags": [], "paths": {}}
    for name in (*services, *_ALWAYS):
        part = _part(name, server)
        whole["tags"] += part["tags"]
        whole["paths"] |= part["paths"]
        for kind, members in part.get("components", {}).items():
            whole["components"][kind] |= members
    for name in ("q", "qOfTerms"):
        if name in whole["components"]["parameters"]:
            whole["components"]["parameters"][name]["schema"]["maxLength"] = query_length
    for item in whole["paths"].values():
        for operation in item.values():
            before = {status: {"$ref": f"#/components/responses/{name}"} for status, name in _BEFORE.items()}
            operation["responses"] = dict(sorted((operation["responses"] | before).items()))
    return _with_what_it_uses(whole)


def resolved(whole: Json, node: Json) -> Json:
    """Return what a node of a document is, or leads to."""
    while "$ref" in node:
        found: Any = whole
        for step in node["$ref"].removeprefix("#/").split("/"):
            found = found[step]
        node = found
    return node


def _part(name: str, server: str) -> Json:
    """Return one file's document, to be changed, whose examples are of this server."""
    part: Json = json.loads(_text(name).replace(_OF_EXAMPLES, json.dumps(server)[1:-1]))
    return part


@cache
def _text(name: str) -> str:
    return (_HERE / f"{name}.json").read_text(encoding="utf-8")


def _with_what_it_uses(whole: Json) -> Json:
    """Return a document without the shared components that nothing in its paths leads to."""
    used: set[str] = set()
    waiting = _references(whole["paths"])
    while waiting:
        reference = waiting.pop()
        if reference not in used:
            used.add(reference)
            waiting += _references(resolved(whole, {"$ref": reference}))
    parts = whole["components"]
    for kind in set(parts) - {"securitySchemes"}:
        parts[kind] = {name: each for name, each in parts[kind].items() if f"#/components/{kind}/{name}" in used}
    return whole


def _references(node: object) -> list[str]:
    """Return where a node, and all in it, leads."""
    if isinstance(node, Mapping):
        own = [node["$ref"]] if isinstance(node.get("$ref"), str) else []
        return own + [each for inner in node.values() for each in _references(inner)]
    if isinstance(node, list):
        return [each for inner in node for each in _references(inner)]
    return []
