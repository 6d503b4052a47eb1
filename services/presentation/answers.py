"""Answers of the presentation service: documents and files, with an entity tag where they may be kept at all."""

from collections.abc import Mapping

from flask import Response

from services.http import add_vary, json_response, with_entity_tag
from services.presentation import manifest2, manifest3
from services.presentation.model import Json

_CONTEXTS = {2: manifest2.CONTEXT, 3: manifest3.CONTEXT}


def json_answer(document: Json, version: str, headers: Mapping[str, str]) -> Response:
    """Return a document of a version of the API, with an entity tag and 304 where it may be kept."""
    profile = _CONTEXTS[int(version)]
    response = json_response(document, headers=headers, ld_profile=profile, ld_first=version == "3")
    return with_entity_tag(response) if _may_be_kept(response) else response


def file_answer(body: bytes, media_type: str, headers: Mapping[str, str]) -> Response:
    """Return a file of text, with an entity tag and 304 where it may be kept.

    What everybody may see is sent compressed to those who take that (services/compression.py).
    """
    response = Response(body, content_type=media_type, headers=headers)
    if not _may_be_kept(response):
        return response
    add_vary(response, "Accept-Encoding")
    return with_entity_tag(response)


def _may_be_kept(response: Response) -> bool:
    return "no-store" not in response.headers.get("Cache-Control", "")
