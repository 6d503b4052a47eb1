"""What caches are told of an answer that a policy decides (TH-72 to TH-74)."""

from datetime import datetime

from auth.decision import Verdict, sees_tier
from auth.policy import Policy

RESTRICTED = {"Cache-Control": "private, no-store", "Vary": "Cookie, Authorization"}


def cache_headers(stranger: Verdict, now: datetime, *, max_age: int) -> dict[str, str]:
    """Return the caching headers for anything of which a stranger has this verdict.

    What everyone may see is public for `max_age` seconds, or until the policy's next date if that is
    sooner; it has no Vary. Everything else is no cache's business, whoever got it (TH-72 to TH-74).
    """
    return public_headers(stranger.valid_until, now, max_age=max_age) if stranger.public else dict(RESTRICTED)


def tier_cache_headers(
    policy: Policy, stranger: Verdict, tier: str | None, now: datetime, *, max_age: int
) -> dict[str, str]:
    """Return the caching headers for the pixels of one version of an image: a reduced one is everybody's.

    That of an image that is hidden from strangers is not.
    """
    if tier is not None and sees_tier(policy, stranger, tier):
        return public_headers(stranger.valid_until, now, max_age=max_age)
    return cache_headers(stranger, now, max_age=max_age)


def public_headers(valid_until: datetime | None, now: datetime, *, max_age: int) -> dict[str, str]:
    """Return the headers of what everybody may see, kept no longer than its verdict is valid (TH-74)."""
    if valid_until is not None:
        max_age = min(max_age, max(0, int((valid_until - now).total_seconds())))
    return {"Cache-Control": f"public, max-age={max_age}"}
