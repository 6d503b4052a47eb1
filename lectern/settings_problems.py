"""What is wrong with settings, one sentence each: where it stands, what it is, and never a value (TH-102)."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ValidationError

from lectern.nearest import nearest
from lectern.picture_sources import HttpSource, S3Source
from lectern.providers import HeaderProvider, OidcProvider

_KINDS: Mapping[object, Mapping[object, type[BaseModel]]] = {
    "providers": {"oidc": OidcProvider, "header": HeaderProvider},
    "sources": {"s3": S3Source, "http": HttpSource},
}
_OF_A_KIND = 3  # `providers`, the name of one, and its kind, which the file says elsewhere


def settings_problems(error: ValidationError, model: type[BaseModel]) -> list[str]:
    """Return the errors of the settings `model`; an unknown name with the known one that is most alike."""
    return [_problem(each["loc"], each["type"], each["msg"], model) for each in error.errors(include_input=False)]


def _problem(place: tuple[int | str, ...], kind: str, said: str, model: type[BaseModel]) -> str:
    steps: list[Any] = list(place)
    known = model
    kinds = _KINDS.get(steps[0], {}) if steps else {}
    if len(steps) >= _OF_A_KIND and steps[2] in kinds:
        known = kinds[steps.pop(2)]
    what = said.removeprefix("Value error, ").removesuffix(".")
    if kind == "extra_forbidden":
        meant = nearest(str(steps[-1]), known.model_fields)
        what = "unknown setting" + (f", perhaps `{meant}` is meant" if meant else "")
    elif kind in {"union_tag_invalid", "union_tag_not_found"}:
        what = f"no kind of {str(steps[0]).removesuffix('s')}: " + " or ".join(f"`{each}`" for each in kinds)
    return f"{'.'.join(map(str, steps)) or 'lectern.toml'}: {what}."
