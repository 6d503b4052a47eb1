"""The order in which an ALTO page's blocks are read: what the file says, or else the order they stand in."""

from collections.abc import Sequence
from dataclasses import dataclass

from lectern.words import Block


@dataclass(slots=True)
class PlacedBlock:
    """A block with the ids that reading order may call it by (its own, then its lines') and the next one's id."""

    block: Block
    ids: tuple[str, ...]
    following: str = ""


def in_reading_order(placed: Sequence[PlacedBlock], references: Sequence[str]) -> list[Block]:
    """Return the blocks in the order of a ReadingOrder element, else of a whole IDNEXT chain, else as they stand.

    Blocks that the references do not name follow in their own order.
    """
    if references:
        rank: dict[str, int] = {}
        for place, reference in enumerate(references):
            rank.setdefault(reference, place)
        last = len(references)
        ranks = [min((rank[name] for name in entry.ids if name in rank), default=last) for entry in placed]
        order = sorted(range(len(placed)), key=lambda i: ranks[i])
        return [placed[i].block for i in order]
    chain = _chain(placed)
    return [entry.block for entry in chain or placed]


def _chain(placed: Sequence[PlacedBlock]) -> list[PlacedBlock] | None:
    """Return the blocks along IDNEXT, None unless the chain has one beginning and passes every block once."""
    by_id = {entry.ids[0]: entry for entry in placed if entry.ids}
    targets = {entry.following for entry in placed if entry.following in by_id}
    heads = [entry for entry in placed if not entry.ids or entry.ids[0] not in targets]
    if not targets or len(heads) != 1 or len(by_id) != len(placed):
        return None
    chain, seen = [heads[0]], {heads[0].ids[0] if heads[0].ids else ""}
    while (following := chain[-1].following) in by_id and following not in seen:
        chain.append(by_id[following])
        seen.add(following)
    return chain if len(chain) == len(placed) else None
