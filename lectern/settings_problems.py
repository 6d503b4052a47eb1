"""What is wrong with settings, one sentence each: where it stands, what it is, and never a value (TH-102)."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ValidationError

from lectern.nearest import nearest
from lectern.providers import HeaderProvider, OidcProvider

_KINDS: Mapping[object, type[BaseModel]] = {"oidc": OidcProvider, "header": HeaderProvider}
_OF_A_KIND = 3  # `providers`, the name of one, and its kind, which the file says elsewhere


def settings_problems(error: ValidationError, model: type[BaseModel]) -> list[str]:
    """Return the errors of the settings `model`; an unknown name with the known one that is most alike."""
    return [_problem(each["loc"], each["type"], each["msg"], model) for each in error.errors(include_input=False)]


def _problem(place: tuple[int | str, ...], kind: str, said: str, model: type[BaseModel]) -> str:
    steps: list[Any] = list(place)
    known = model
    if steps[:1] == ["providers"] and len(steps) >= _OF_A_KIND and steps[2] in _KINDS:
        known = _KINDS[steps.pop(2)]
    what = said.removeprefix("Value error, ").removesuffix(".")
    if kind == "extra_forbidden":
        meant = nearest(str(steps[-1]), known.model_fields)
        what = "unknown setting" + (f", perhaps `{meant}` is meant" if meant else "")
    elif kind == "union_tag_invalid":
        what = "no kind of provider: `oidc` or `header`"
    return f"{'.'.join(map(str, steps)) or 'lectern.toml'}: {what}."
