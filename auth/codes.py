"""Access codes: what `lectern code` does, and the check of a code that a reader typed (TH-18, TH-30)."""

import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from hmac import compare_digest

from auth.identity import Identity, usable_roles
from lectern.clock import Clock, seconds, utc_now
from lectern.digests import digest
from lectern.errors import InputError, NotFound
from lectern.names import CODES
from lectern.state import State
from lectern.state_codes import CodeRow, CodeStore

# Crockford's alphabet: one case, and nothing that is read as something else.
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_GROUPS, _IN_GROUP = 5, 4  # 100 bits
_READ_AS = str.maketrans({"O": "0", "I": "1", "L": "1"})
_BETWEEN = re.compile(r"[\s\u2010-\u2015\u2212-]+")
_LABEL = re.compile(r"[^\x00-\x1f\x7f-\x9f]{1,128}")
_LONGEST = 256


@dataclass(frozen=True, slots=True)
class NewCode:
    """A code that was just made: its only showing, in groups to be read and typed, and what it is called."""

    code: str
    label: str
    ends: int


class Codes:
    """Makes, lists, removes and checks codes."""

    def __init__(self, state: State, clock: Clock = utc_now) -> None:
        self._store = CodeStore(state)
        self._clock = clock

    def add(
        self, ends: int, roles: Iterable[str] = (), *, uses: int | None = None, label: str | None = None
    ) -> NewCode:
        """Return a new code that is good until `ends` (seconds since 1970 UTC), `uses` times, None for ever again.

        Raises InputError for an end that has passed, a number of uses below 1, or an unusable role or label.
        """
        now = seconds(self._clock())
        if ends <= now:
            raise InputError("The code would have ended already.", "Give a later --until, or more --days.")
        if uses is not None and uses < 1:
            raise InputError("A code that cannot be used is of no use.", "Give --uses of 1 or more, or leave it out.")
        held = usable_roles(roles)
        name = f"code-{secrets.token_hex(4)}" if label is None else label.strip()
        if _LABEL.fullmatch(name) is None:
            raise InputError(f"{name!r} is no usable label.", "A label has 1 to 128 characters, on one line.")
        letters = "".join(secrets.choice(_ALPHABET) for _ in range(_GROUPS * _IN_GROUP))
        if not self._store.add(CodeRow(digest(letters), name, held, now, ends, uses)):
            raise InputError(f"There is a code {name!r} already.", "`lectern code remove` takes it away.")
        groups = [letters[at : at + _IN_GROUP] for at in range(0, len(letters), _IN_GROUP)]
        return NewCode("-".join(groups), name, ends)

    def all(self) -> list[CodeRow]:
        """Return all codes by label, ended ones too."""
        return self._store.all()

    def is_good(self, row: CodeRow) -> bool:
        """Return whether a code can be used now."""
        return row.ends > seconds(self._clock()) and (row.uses_left is None or row.uses_left > 0)

    def remove(self, label: str) -> None:
        """Remove a code; the sessions that it opened end at once. Raises NotFound."""
        if not self._store.remove(label):
            raise NotFound(f"There is no code {label!r}.", "`lectern code list` shows them all.")

    def use(self, typed: str) -> Identity | None:
        """Return who a typed code stands for, one use counted; None for a wrong, ended or used-up one, told alike.

        Codes are looked up by their digest, so that time tells nothing of them (TH-33).
        """
        key = digest(canonical(typed))
        row = self._store.use(key, seconds(self._clock()))
        if row is None or not compare_digest(row.digest, key):
            return None
        return Identity(row.label, row.roles, CODES, ends=row.ends, credential=key)


def canonical(typed: str) -> str:
    """Return a code as it is kept, however it was typed: spaces, hyphens and case do not matter; O is 0, I and L 1.

    The alphabet has one case only, so nothing is lost by folding; a letter beyond ASCII is none of a code.
    """
    bare = _BETWEEN.sub("", typed[:_LONGEST])
    return bare.upper().translate(_READ_AS) if bare.isascii() else bare
