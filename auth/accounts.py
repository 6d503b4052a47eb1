"""Local accounts: what `lectern user` does, and the check of a name and a password."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from auth.decision import Reader
from auth.identity import Identity, usable_roles
from auth.passwords import hash_password, verify_password
from lectern.clock import Clock, seconds, utc_now
from lectern.errors import InputError, NotFound
from lectern.names import LOCAL
from lectern.state import State, UserRow

_NAME = re.compile(r"[^\s\x00-\x1f\x7f-\x9f]{1,128}")


@dataclass(frozen=True, slots=True)
class Account:
    """A local account, without its password hash."""

    name: str
    roles: tuple[str, ...]


class Accounts:
    """Adds, changes, lists, removes and checks accounts. Hashing is done outside of the store's writes."""

    def __init__(self, state: State, clock: Clock = utc_now) -> None:
        self._state = state
        self._clock = clock

    def add(self, name: str, password: str, roles: Iterable[str] = ()) -> Account:
        """Return the new account; raises InputError for an unusable or taken name, role or password."""
        name = _form(name)
        if _NAME.fullmatch(name) is None:
            raise InputError(f"{name!r} is no usable name.", "A name has 1 to 128 characters, and no spaces.")
        account = Account(name, usable_roles(roles))
        row = UserRow(name, hash_password(password), account.roles, seconds(self._clock()))
        if not self._state.add_user(row):
            raise InputError(f"There is an account {name!r} already.", "`lectern user passwd` changes its password.")
        return account

    def change_password(self, name: str, password: str) -> None:
        """Set a password and end the account's sessions; raises NotFound, and InputError for a bad password."""
        name = _form(name)
        password_hash = hash_password(password)
        if not self._state.set_password(name, password_hash):
            raise _missing(name)

    def change_roles(self, name: str, roles: Iterable[str]) -> Account:
        """Return the account with other roles, which count at the next decision; raises NotFound and InputError."""
        account = Account(_form(name), usable_roles(roles))
        if not self._state.set_roles(account.name, account.roles):
            raise _missing(name)
        return account

    def remove(self, name: str) -> None:
        """Remove an account, its sessions and its tokens; raises NotFound."""
        if not self._state.remove_user(_form(name)):
            raise _missing(name)

    def all(self) -> list[Account]:
        """Return all accounts by name."""
        return [Account(row.name, row.roles) for row in self._state.users()]

    def reader(self, name: str) -> Reader:
        """Return the reader that this account is when signed in; raises NotFound."""
        row = self._state.user(_form(name))
        if row is None:
            raise _missing(name)
        return Reader(row.name, frozenset(row.roles), session=True)

    def check(self, name: str, password: str) -> Identity | None:
        """Return who it is if name and password fit, None for a wrong one of either, in the same time (TH-17)."""
        row = self._state.user(_form(name))
        fits = verify_password(row.password_hash if row else None, password)
        return Identity(row.name, row.roles, LOCAL, credential=row.password_hash) if row is not None and fits else None


def _form(name: str) -> str:
    return unicodedata.normalize("NFC", name)


def _missing(name: str) -> NotFound:
    return NotFound(f"There is no account {name!r}.", "`lectern user list` shows them all.")
