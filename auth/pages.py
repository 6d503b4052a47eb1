"""What a reader gets of single pages of an object: the one decision, asked under the policy of each (R2, AUX-31)."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from auth.decision import STRANGER, Address, Reader, Verdict, decide, earliest
from auth.decision import whoever_asks as anybody
from auth.policy import Policy
from auth.rules import Rules


def decide_page(rules: Rules, n: int | None, who: Reader, where: Address | None, when: datetime) -> Verdict:
    """Return what a reader may see of page `n` of an object (from 1), or of the object as a whole (None). Pure.

    An object that is hidden from a reader hides all its pages, those with an open policy too, and no cache is to
    show them to others. A page that is hidden in an object that is not has no text for him, whatever its policy says.
    """
    policy, whole = rules.of(n), rules.policy
    verdict = decide(policy, who, where, when)
    if policy is whole:
        return verdict
    if whole.manifest == "hidden":
        above = decide(whole, who, where, when)
        if above.manifest == "hidden":
            return above
        until = earliest((verdict, above))
        verdict = replace(verdict, public=verdict.public and above.public, valid_until=until)
    return replace(verdict, search="none") if verdict.manifest == "hidden" else verdict


def whoever_asks(rules: Rules, n: int | None, stranger: Verdict) -> bool:
    """Return whether a stranger's verdict at an address lets in everybody there, so that no store need be asked."""
    policy = rules.of(n)
    above = rules.policy.manifest == "hidden" and policy is not rules.policy
    return anybody(policy, stranger) and (stranger.public or not above or not rules.policy.not_roles)


def is_free_text(stranger: Verdict) -> bool:
    """Return whether by a stranger's verdict everybody may know a text, even if he does not see its picture."""
    return stranger.search == "full" and stranger.manifest != "hidden"


def door_of(rules: Rules, n: int | None, when: datetime) -> Policy:
    """Return the policy whose services lead to a page that a stranger does not see.

    It is the object's for an open page of a hidden object, else the page's own.
    """
    policy = rules.of(n)
    return rules.policy if decide(policy, STRANGER, None, when).public else policy


@dataclass(frozen=True, slots=True)
class Stretch:
    """Pages in a row (from 1, both ends in it) that lie under one policy."""

    first: int
    last: int
    policy: Policy


def stretches(rules: Rules, pages: int) -> list[Stretch]:
    """Return all pages of an object that has so many, in order, cut where the policy changes."""
    return list(_stretches(rules, pages))


def _stretches(rules: Rules, pages: int) -> Iterator[Stretch]:
    begin = 1
    for first, last, policy in rules.pages:
        if first > pages:
            break
        if begin < first:
            yield Stretch(begin, first - 1, rules.policy)
        yield Stretch(first, min(last, pages), policy)
        begin = last + 1
    if begin <= pages:
        yield Stretch(begin, pages, rules.policy)
