"""What the auth service tells of the request that it answers: to the audit log, and to notes about its client."""

from flask import request

from auth.audit import Event, Happening
from auth.decision import Address
from services.context import Context
from services.gate import Gate


class Teller:
    """Knows who sends the request of this moment, as far as the network and the browser say."""

    def __init__(self, context: Context, gate: Gate) -> None:
        self._context = context
        self._gate = gate

    def address(self) -> Address | None:
        """Return the client's address, or None."""
        return self._gate.address(request)

    def client(self) -> tuple[Address | None, str]:
        """Return the address and the User-Agent: by these two a browser without cookies is known again (TH-22)."""
        return self.address(), request.headers.get("User-Agent", "")

    def tell(self, event: Event, *, granted: bool, reason: str = "", **told: str) -> None:
        """Tell the audit log what happened in this request; `told` as in Happening."""
        self._context.audit.record(Happening(event, granted, reason, where=self.address(), **told))
