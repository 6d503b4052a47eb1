"""What came of a fault, counted, and the table of all of them."""

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass
class Outcome:
    """What came of one fault that was made so many times.

    `lost` is what was acknowledged and is not there, `opened` what is restricted and was shown, `closed` what is open
    and was not served, `mute` refusals that do not say what to do, `stuck` what did not mend itself.
    """

    name: str
    times: int = 0
    acknowledged: int = 0
    lost: list[str] = field(default_factory=list)
    opened: list[str] = field(default_factory=list)
    closed: list[str] = field(default_factory=list)
    mute: list[str] = field(default_factory=list)
    stuck: list[str] = field(default_factory=list)
    note: str = ""

    @property
    def wrong(self) -> list[str]:
        """Return everything that must not be."""
        kinds = {"lost": self.lost, "opened": self.opened, "closed": self.closed, "mute": self.mute}
        return [f"{kind}: {told}" for kind, all_told in (kinds | {"stuck": self.stuck}).items() for told in all_told]

    def expect(self, holds: bool, kind: list[str], told: str) -> None:
        """Note what is wrong, unless it holds."""
        if not holds:
            kind.append(told[:300])


HEAD = ("fault", "times", "acknowledged", "lost", "opened", "closed", "mute", "stuck", "note")


def rows(outcomes: Sequence[Outcome]) -> list[tuple[str, ...]]:
    """Return the table's rows."""
    return [
        (
            found.name,
            *(str(n) for n in (found.times, found.acknowledged)),
            *(str(len(kind)) for kind in (found.lost, found.opened, found.closed, found.mute, found.stuck)),
            found.note,
        )
        for found in outcomes
    ]


def show(outcomes: Sequence[Outcome]) -> None:
    """Print the table, and what is wrong below it."""
    table = [HEAD, *rows(outcomes)]
    widths = [max(len(row[n]) for row in table) for n in range(len(HEAD))]
    for row in table:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
    for found in outcomes:
        for told in found.wrong:
            print(f"! {found.name}: {told}")
