"""Which policy holds for an object, and which for single pages of it (DESIGN section 3: overrides for page ranges)."""

from bisect import bisect_right
from dataclasses import dataclass

from auth.policy import Policy


@dataclass(frozen=True, slots=True)
class Override:
    """What policies.toml says of one object: another policy for it (None: as ingested), others for ranges of pages.

    A range is (first, last, name of the policy), pages counted from 1, both ends in it; ranges ascend and do not
    overlap.
    """

    policy: str | None = None
    pages: tuple[tuple[int, int, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Rules:
    """The policies of one object: `policy` holds for it as a whole, and for every page that no range of `pages` has.

    A range is (first, last, policy), pages counted from 1, both ends in it; ranges ascend and do not overlap.
    """

    policy: Policy
    pages: tuple[tuple[int, int, Policy], ...] = ()

    def of(self, n: int | None) -> Policy:
        """Return the policy of page `n` (from 1), or of the object as a whole (None)."""
        if n is None or not self.pages:
            return self.policy
        at = bisect_right(self.pages, n, key=lambda pages: pages[0]) - 1
        return self.pages[at][2] if at >= 0 and n <= self.pages[at][1] else self.policy
