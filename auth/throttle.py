"""Limits against guessing, shared by all workers (TH-16): every attempt counts until it has succeeded."""

import unicodedata
from dataclasses import dataclass, field
from hashlib import sha256
from ipaddress import ip_network

from auth.decision import Address
from lectern.clock import Clock, seconds
from lectern.state import State

PER_ACCOUNT = 10
PER_NETWORK = 50
PER_SITE = 200  # of an IPv6 /48, whose 65,536 networks one person can easily have
TERMS_PER_NETWORK = 500  # accepting terms is no guess, but each makes a row (TH-37)
REVOKINGS_PER_NETWORK = 300  # on the operator's page; who has to end more has `lectern session end`
WINDOW = 900


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt: `wait` is 0 if it may be made, else the seconds until another may."""

    wait: int
    ids: list[int] = field(default_factory=list)
    account: str = ""


class Throttle:
    """Counts attempts per account and per network over fifteen minutes."""

    def __init__(self, state: State, clock: Clock) -> None:
        self._state = state
        self._clock = clock

    def begin_sign_in(self, name: str, where: Address | None) -> Attempt:
        """Return the attempt to sign in, counted already; the right password does not help while `wait` is set."""
        account = _account(name)
        return self._begin({account: PER_ACCOUNT, **_guesses(where)}, account)

    def begin_code(self, where: Address | None) -> Attempt:
        """Return the attempt to use an access code, counted already, together with the network's sign-ins."""
        return self._begin(_guesses(where), "")

    def begin_terms(self, where: Address | None) -> Attempt:
        """Return the attempt to accept terms, counted already."""
        return self._begin({"terms:" + network_of(where): TERMS_PER_NETWORK}, "")

    def begin_login(self, where: Address | None) -> Attempt:
        """Return the attempt to go to a provider, counted already: it is no guess, but makes a row (TH-37)."""
        return self._begin({"login:" + network_of(where): TERMS_PER_NETWORK}, "")

    def begin_callback(self, where: Address | None) -> Attempt:
        """Return the attempt to come back from a provider, counted already; the right words do not help meanwhile."""
        return self._begin({"callback:" + network_of(where): PER_NETWORK}, "")

    def begin_revoking(self, where: Address | None) -> Attempt:
        """Return the attempt to end sessions on the operator's page, counted already, whether or not it may be made."""
        return self._begin({"revoking:" + network_of(where): REVOKINGS_PER_NETWORK}, "")

    def succeeded(self, attempt: Attempt) -> None:
        """Take back a sign-in that succeeded and the account's failures, never the network's others."""
        if attempt.ids:
            self._state.forgive(attempt.ids, attempt.account or None)

    def release(self, name: str) -> None:
        """Forget an account's attempts, so that it may be signed in to at once; its networks' stay counted."""
        self._state.forgive([], _account(name))

    def withdraw(self, attempt: Attempt) -> None:
        """Take back an attempt that nobody has looked at."""
        if attempt.ids:
            self._state.forgive(attempt.ids, None)

    def _begin(self, limits: dict[str, int], account: str) -> Attempt:
        wait, ids = self._state.begin_attempt(limits, seconds(self._clock()), WINDOW)
        return Attempt(wait, ids, account)


def _account(name: str) -> str:
    return "account:" + sha256(unicodedata.normalize("NFC", name).encode()).hexdigest()


def _guesses(where: Address | None) -> dict[str, int]:
    """Return the limits of guesses from an address: of its network, and of the IPv6 site that this is one of."""
    limits = {"network:" + network_of(where): PER_NETWORK}
    if where is not None and where.version == 6:
        limits["site:" + str(ip_network(f"{where}/48", strict=False))] = PER_SITE
    return limits


def network_of(where: Address | None) -> str:
    """Return the network an address is counted under: /24 or /64, which one person can easily have."""
    if where is None:
        return "unknown"
    return str(ip_network(f"{where}/{24 if where.version == 4 else 64}", strict=False))
