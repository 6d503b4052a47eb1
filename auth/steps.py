"""Access steps that wait for their token: how Lectern knows that a browser keeps a sign-in from a viewer (TH-22).

A viewer asks for its token as soon as the login window has closed. If the request comes without a cookie, or does not
come as a request that the cookie was sent with, then the browser blocks cookies in frames of other sites.
"""

from auth.decision import Address
from auth.throttle import WINDOW, network_of
from lectern.clock import APART, Clock, seconds
from lectern.digests import digest
from lectern.state import State
from lectern.state_steps import NETWORK_LETTERS, StepStore

_SOON = 3  # seconds within which a viewer can hardly have asked, and a person may have clicked twice


class Steps:
    """Notes access steps by client and viewer for fifteen minutes; raises StoreUnavailable when the store is down."""

    def __init__(self, state: State, clock: Clock) -> None:
        self._store = StepStore(state)
        self._clock = clock

    def begin(self, where: Address | None, agent: str, origin: str) -> None:
        """Note that a client has just finished the access step for a viewer's origin."""
        self._store.begin(_subject(where, agent, origin), seconds(self._clock()), WINDOW)

    def waits(self, where: Address | None, agent: str, origin: str, *, at_least: int = 0) -> bool:
        """Return whether a step was finished lately, `at_least` seconds ago, and no token was given since."""
        now = seconds(self._clock())
        until = now - at_least if at_least else now + APART
        return self._store.waits(_subject(where, agent, origin), now - WINDOW, until)

    def failed(self, where: Address | None, agent: str, origin: str) -> bool:
        """Return whether the viewer has had the time to ask for a token with a cookie, and has not got one."""
        return self.waits(where, agent, origin, at_least=_SOON)

    def end(self, where: Address | None, agent: str, origin: str) -> None:
        """Note that the viewer got its token; writes only if a step was waiting."""
        if self.waits(where, agent, origin):
            self._store.end(_subject(where, agent, origin))


def _subject(where: Address | None, agent: str, origin: str) -> str:
    return digest(network_of(where))[:NETWORK_LETTERS] + digest(f"{where}\n{origin}\n{agent}")
