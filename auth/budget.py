"""How much may be asked of a text of which only places are told: a budget a day (DESIGN section 6, `boxes`)."""

import hmac
from hashlib import sha256
from ipaddress import ip_network

from auth.decision import Address
from lectern.clock import Clock, seconds
from lectern.state import State

_DAY = 86_400


class Budget:
    """Counts queries per address and object, over all worker processes, from midnight to midnight UTC.

    The store holds a keyed digest of address and object: who looked into which book cannot be read from it.
    """

    def __init__(self, state: State, key: bytes, size: int, clock: Clock) -> None:
        """Take the store, the secret of the digests, the queries a day that may be asked, and a clock."""
        self._state = state
        self._key = key
        self.size = size
        self._clock = clock

    def spend(self, where: Address | None, object_id: str) -> int:
        """Return 0 if one more query may be asked, counted already; else the seconds until the next day.

        Raises StoreUnavailable: what cannot be counted is not answered.
        """
        day, passed = divmod(seconds(self._clock()), _DAY)
        told = f"{payer(where)}|{object_id}".encode()
        subject = hmac.new(self._key, told, sha256).hexdigest()[:32]
        return 0 if self._state.spend(subject, day, self.size) else _DAY - passed


def payer(where: Address | None) -> str:
    """Return what pays for an address: itself, or its /64 in IPv6, which one person has; unknown ones pay together."""
    if where is None:
        return "unknown"
    return str(where) if where.version == 4 else str(ip_network(f"{where}/64", strict=False))
