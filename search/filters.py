"""Which annotations a request wants: by motivation, by the date they were made, by who made them. Pure.

Values of one filter are alternatives, filters are conditions; what lacks a field does not pass its filter (CS1-14).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from lectern.errors import InputError
from search.motivations import TEXT, wanted
from search.remarks import Remark

NAMES = ("motivation", "date", "user")
_NON_PAINTING = "non-painting"
_MOST = 100  # values of one filter
_DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", re.ASCII)
_FORM = "Ask with ?date=2020-01-01T00:00:00Z/2020-12-31T23:59:59Z, several apart by blanks."


@dataclass(frozen=True, slots=True)
class Filters:
    """What a request restricts; None is "not at all". Dates are inclusive ranges of `YYYY-MM-DDThh:mm:ssZ`.

    Motivations are names as they are kept (`motivations.kept`); `but_text` is version 1's `non-painting`.
    """

    motivations: frozenset[str] | None = None
    but_text: bool = False
    dates: tuple[tuple[str, str], ...] | None = None
    users: frozenset[str] | None = None

    @property
    def nothing(self) -> bool:
        """Return whether nothing is restricted."""
        return self == EVERYTHING

    @property
    def text(self) -> bool:
        """Return whether OCR text passes: it has no creator and no date (CS1-14)."""
        return (self.motivations is None or TEXT in self.motivations) and self.dates is None and self.users is None

    def keep(self, remark: Remark) -> bool:
        """Return whether an annotation passes."""
        return (
            self._keep_motivation(frozenset(remark.motivations))
            and (self.dates is None or any(start <= remark.created <= end for start, end in self.dates))
            and (self.users is None or not self.users.isdisjoint(remark.creators))
        )

    def _keep_motivation(self, motivations: frozenset[str]) -> bool:
        if self.motivations is None or not self.motivations.isdisjoint(motivations):
            return True
        return self.but_text and TEXT not in motivations


EVERYTHING = Filters()


def read_filters(given: Mapping[str, str], version: int) -> Filters:
    """Return the filters of a request's parameters; an empty one restricts nothing (CS1-12).

    Raises InputError for a date that is no range of two UTC times (CSX-09), and for more than 100 values.
    """
    motivations, dates, users = (_values(given, name) for name in NAMES)
    non = _NON_PAINTING in motivations and version != 2
    return Filters(
        frozenset(wanted(name, version) for name in motivations) if motivations else None,
        non,
        tuple(map(_range, dates)) or None,
        frozenset(users) or None,
    )


def _values(given: Mapping[str, str], name: str) -> list[str]:
    values = given.get(name, "").split()
    if len(values) > _MOST:
        raise InputError(f"`{name}` has {len(values)} values.", f"Ask with at most {_MOST}.")
    return values


def _range(text: str) -> tuple[str, str]:
    start, _, end = text.partition("/")
    for time in (start, end):
        try:
            if not _DATE.fullmatch(time):
                raise ValueError("another form")
            datetime.fromisoformat(time)
        except ValueError as error:
            raise InputError(f"`date` is {text[:80]!r}: not a range of two times in UTC.", _FORM) from error
    return start, end
