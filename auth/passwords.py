"""Passwords of local accounts: argon2id, and the same time for a name that there is not (TH-17, TH-18)."""

import secrets
import unicodedata
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from lectern.errors import InputError

LONGEST = 1024
SHORTEST = 8  # what NIST SP 800-63B asks for at least
# 19 MiB and three passes: a worker with four threads stays under 80 MiB while a flood of guesses is hashed.
_HASHER = PasswordHasher(time_cost=3, memory_cost=19_456, parallelism=1)


def _prepared(password: str) -> str:
    """Return the password in one Unicode form, since keyboards differ in it; case stays (TH-18)."""
    return unicodedata.normalize("NFC", password)


def hash_password(password: str) -> str:
    """Return the argon2id string of a password; raises InputError if it is empty or over 1024 characters."""
    if not password or len(password) > LONGEST:
        raise InputError("The password is empty or too long.", f"Give one of 1 to {LONGEST} characters.")
    return _HASHER.hash(_prepared(password))


def is_long_enough(password: str) -> bool:
    """Return whether a password that somebody chooses has eight characters at least (TH-18)."""
    return len(_prepared(password)) >= SHORTEST


def verify_password(password_hash: str | None, password: str) -> bool:
    """Return whether the password fits; with no hash (an unknown name) the same work is done, for False (TH-17)."""
    stand_in = _unknown_user_hash()
    try:
        _HASHER.verify(password_hash or stand_in, _prepared(password[:LONGEST]))
    except (VerificationError, InvalidHashError):
        return False
    return password_hash is not None and len(password) <= LONGEST


@cache
def _unknown_user_hash() -> str:
    return _HASHER.hash(secrets.token_hex(16))
