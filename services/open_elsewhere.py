"""Pages that our policies restrict, and whose pictures another server goes on serving to everybody."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from auth.decision import STRANGER
from auth.pages import decide_page, stretches
from auth.policies import Policies
from lectern.catalogue import Catalogue, LedgerEntry, ObjectRow
from lectern.errors import LecternError
from lectern.settings import Settings
from services.context import Context
from services.faults import Fault
from services.presentation.augment import pages_are
from services.presentation.lending import addresses_in, origins_of

TRAP = "picture-open-elsewhere"
REMEDY = "Ingest the object with its pictures, or have that server take them down: it knows nothing of our policies."


def open_elsewhere(catalogue: Catalogue, policies: Policies, row: ObjectRow, now: datetime) -> str:
    """Return what is to be said of an object's restricted pages whose pictures only another server has; else empty."""
    rules = policies.rules(row.id, row.policy)
    restricted = [
        part for part in stretches(rules, row.pages) if not decide_page(rules, part.first, STRANGER, None, now).public
    ]
    if not restricted:
        return ""
    lent = [
        each
        for each in catalogue.canvases(row.id)
        if each.borrowed and each.image is None and any(part.first <= each.n <= part.last for part in restricted)
    ]
    addresses = [address for each in lent for address in addresses_in(each.borrowed)]
    servers = ", ".join(origins_of(addresses)) or "another server"
    return f"{pages_are([each.n for each in lent])} restricted, but {servers} has the pictures" if lent else ""


def open_elsewhere_doubts(catalogue: Catalogue, policies: Policies, now: datetime) -> Iterator[Fault]:
    """Yield the objects whose restricted pictures lie open elsewhere, for `lectern check`."""
    for row in catalogue.objects():
        if told := open_elsewhere(catalogue, policies, row, now):
            yield f"The object {row.id}: {told}.", REMEDY


def open_elsewhere_entries(
    settings: Settings, catalogue: Catalogue, rows: Sequence[ObjectRow]
) -> dict[str, LedgerEntry]:
    """Return by object what its ledger is to say of pictures open elsewhere, as policies are now.

    Nothing where the policies cannot be read: of those `lectern check` tells.
    """
    context = Context(settings)
    try:
        policies = context.written_policies()
    except LecternError:
        return {}
    told = {row.id: open_elsewhere(catalogue, policies, row, context.clock()) for row in rows}
    return {name: LedgerEntry("warning", TRAP, f"{text}. {REMEDY}") for name, text in told.items() if text}
