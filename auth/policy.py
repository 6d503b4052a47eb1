"""One access policy, as plain values: what policies.toml says of who may see what (DESIGN section 6)."""

from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from ipaddress import IPv4Network, IPv6Network
from typing import Literal

from lectern.names import LOCAL

Pattern = Literal["login", "clickthrough", "kiosk", "external"]
Search = Literal["none", "boxes", "open"]
Manifest = Literal["full", "minimal", "hidden"]
Network = IPv4Network | IPv6Network

# In the order of choice where only one can be offered (Auth 1, viewers.md rule 18).
PATTERNS: tuple[Pattern, ...] = ("login", "clickthrough", "kiosk", "external")
BY_ADDRESS: frozenset[Pattern] = frozenset({"kiosk", "external"})


@dataclass(frozen=True, slots=True)
class Substitute:
    """The version that those who are not let in may see: `max_scale` of the full size, under the name `tier`.

    `watermark` is a text that is drawn over all of it, empty for none (TH-69).
    """

    max_scale: float
    tier: str = "degraded"
    watermark: str = ""


@dataclass(frozen=True, slots=True)
class Texts:
    """What viewers and our pages say, as plain text in one `language` (BCP 47)."""

    label: str = ""
    header: str = ""
    description: str = ""
    confirm_label: str = ""
    failure_header: str = ""
    failure_description: str = ""
    logout_label: str = ""
    language: str = "en"


@dataclass(frozen=True, slots=True)
class Policy:
    """Who may see what. A policy lets in by any one of its `patterns`, and nobody else.

    `everyone` needs no pattern. Who signs in at one of `providers` needs one of `roles` and every one of `all_roles`:
    None asks for nothing, an empty set is nobody (TH-94). Whoever has one of `not_roles` is kept out, by whatever
    pattern he comes. Between `since` and `until` the policy holds; outside that time its objects are open to everyone,
    and `tells_until` lets readers who are denied know that day. `texts` is complete, in the policy's own language but
    for the keys in `borrowed`, which nobody wrote in it; `translations` are the same texts in other languages, empty
    where nobody wrote them.
    """

    name: str
    everyone: bool = False
    patterns: frozenset[Pattern] = frozenset()
    providers: frozenset[str] = frozenset({LOCAL})
    roles: frozenset[str] | None = None
    all_roles: frozenset[str] | None = None
    not_roles: frozenset[str] = frozenset()
    networks: tuple[Network, ...] = ()
    substitute: Substitute | None = None
    search: Search = "none"
    manifest: Manifest = "full"
    since: datetime | None = None
    until: datetime | None = None
    tells_until: bool = True
    texts: Texts = field(default_factory=Texts)
    translations: tuple[Texts, ...] = ()
    borrowed: frozenset[str] = frozenset()

    @property
    def interactive(self) -> bool:
        """Return whether a person can do something to be let in: sign in, or accept terms."""
        return bool(self.patterns & {"login", "clickthrough"})

    def signs_in_at(self, provider: str) -> bool:
        """Return whether signing in at a provider may open this policy."""
        return "login" in self.patterns and provider in self.providers

    @property
    def terms(self) -> str:
        """Return what accepting the terms of this policy is kept as: its name, and the version of their words.

        Terms that are worded anew, in any language, are asked again; another label is no other wording.
        """
        return f"{self.name}@{_version(self.texts, self.translations)}"

    @property
    def tier(self) -> str | None:
        """Return the name of the version that everybody may see, None if there is none."""
        return self.substitute.tier if self.substitute else None


@lru_cache(maxsize=1024)
def _version(texts: Texts, translations: tuple[Texts, ...]) -> str:
    words = sorted((text.language, text.header, text.description) for text in (texts, *translations))
    return sha256(repr(words).encode()).hexdigest()[:12]


def closed_policy(name: str) -> Policy:
    """Return the policy of a name that there is not: nobody sees anything (R3, TH-95)."""
    return Policy(name, manifest="hidden")


OPEN = Policy("open", everyone=True)
