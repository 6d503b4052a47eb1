"""Reads the tables of policies.toml into policies, and finds every error of the file at once (TH-95, TH-99)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from ipaddress import IPv6Network, ip_network
from typing import Any, TypeVar, cast, get_args

from auth.policy import BY_ADDRESS, OPEN, PATTERNS, ROLE, Manifest, Network, Pattern, Policy, Search, Substitute
from auth.policy_texts import LONGEST, TEXT_KEYS, fill_texts

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_TIER = re.compile(r"[A-Za-z0-9_]{1,32}")
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")
_RULE_KEYS = (
    "allow",
    "patterns",
    "provider",
    "roles",
    "networks",
    "substitute",
    "search",
    "manifest",
    "from",
    "until",
    "language",
)
_KEYS = frozenset(_RULE_KEYS) | TEXT_KEYS
_RESTRICTING = frozenset(_RULE_KEYS) - {"allow", "language"}

_T = TypeVar("_T")


@dataclass
class Problems:
    """What is wrong with a file, each with a hint."""

    found: list[str] = field(default_factory=list)

    def add(self, where: str, what: str, hint: str) -> None:
        """Note one error."""
        self.found.append(f"{where}: {what} ({hint})")


def read_policies(document: Mapping[str, Any], institution: str, problems: Problems) -> dict[str, Policy]:
    """Return the policies of a parsed file by name, the built-in `open` among them; errors go into `problems`."""
    for key in document:
        if key != "policies":
            problems.add(key, "unknown key", "the file holds tables [policies.NAME] only")
    tables = document.get("policies", {})
    if not isinstance(tables, dict):
        problems.add("policies", "is no table", "write [policies.NAME]")
        tables = {}
    policies = {OPEN.name: OPEN}
    for name, table in tables.items():
        where = f"policies.{name}"
        if _NAME.fullmatch(name) is None:
            problems.add(where, "no usable name", "letters, digits, dot, hyphen and underscore, at most 64")
        elif not isinstance(table, dict):
            problems.add(where, "is no table", f"write [policies.{name}]")
        elif name == OPEN.name:
            if table != {"allow": "everyone"}:
                problems.add(where, '`open` always means allow = "everyone"', "give your policy another name")
        else:
            policies[name] = _Table(name, where, table, problems).policy(institution)
    return policies


@dataclass
class _Table:
    """One table [policies.NAME]; every method reads one key and notes what is wrong with it."""

    name: str
    where: str
    values: Mapping[str, Any]
    problems: Problems

    def policy(self, institution: str) -> Policy:
        """Return the policy; if problems were noted it is not to be used."""
        for key in self.values:
            if key not in _KEYS:
                self._add(key, "unknown key", f"known: {', '.join(sorted(_KEYS))}")
        patterns = self._patterns()
        policy = Policy(
            self.name,
            everyone=self._everyone(),
            patterns=patterns,
            providers=frozenset({self._provider()}),
            roles=self._roles(),
            networks=self._networks(),
            substitute=self._substitute(),
            search=cast(Search, self._choice("search", get_args(Search), "none")),
            manifest=cast(Manifest, self._choice("manifest", get_args(Manifest), "full")),
            since=self._date("from"),
            until=self._date("until"),
            texts=fill_texts(patterns, institution, self._texts(), self._language()),
        )
        self._check_together(policy)
        return policy

    def _add(self, key: str, what: str, hint: str) -> None:
        self.problems.add(f"{self.where}.{key}", what, hint)

    def _typed(self, key: str, kind: type[_T], hint: str) -> _T | None:
        value = self.values.get(key)
        if value is None or isinstance(value, kind):
            return value
        self._add(key, f"{value!r} is not what belongs here", hint)
        return None

    def _strings(self, key: str, hint: str) -> list[str]:
        values = self._typed(key, list, hint) or []
        if all(isinstance(value, str) for value in values):
            return values
        self._add(key, "holds something that is no text", hint)
        return []

    def _choice(self, key: str, choices: tuple[str, ...], default: str) -> str:
        value = self.values.get(key, default)
        if value in choices:
            return str(value)
        self._add(key, f"{value!r} is unknown", "one of " + ", ".join(choices))
        return default

    def _everyone(self) -> bool:
        value = self.values.get("allow")
        if value not in (None, "everyone", "nobody"):
            self._add("allow", f"{value!r} is unknown", '"everyone" or "nobody", or leave it out and give patterns')
        return value == "everyone"

    def _patterns(self) -> frozenset[Pattern]:
        hint = "some of " + ", ".join(PATTERNS)
        values = self._strings("patterns", hint)
        for value in values:
            if value not in PATTERNS:
                self._add("patterns", f"{value!r} is unknown", hint)
        return frozenset(pattern for pattern in PATTERNS if pattern in values)

    def _provider(self) -> str:
        value = self._typed("provider", str, '"local", or NAME of a table [providers.NAME] in lectern.toml')
        if value is not None and _NAME.fullmatch(value) is None:
            self._add("provider", f"{value!r} is no provider", '"local", or NAME of a table [providers.NAME]')
        return value or "local"

    def _roles(self) -> frozenset[str] | None:
        if "roles" not in self.values:
            return None
        values = self._strings("roles", 'a list such as ["member"]')
        for value in values:
            if ROLE.fullmatch(value) is None:
                self._add("roles", f"{value!r} is no role", "letters, digits and . _ : - make a role")
        return frozenset(values)

    def _networks(self) -> tuple[Network, ...]:
        networks: list[Network] = []
        for value in self._strings("networks", 'a list such as ["10.0.0.0/8", "2001:db8::/32"]'):
            try:
                network = ip_network(value)
            except ValueError as error:
                self._add("networks", str(error), "write a network like 10.0.0.0/8 or one address")
                continue
            if isinstance(network, IPv6Network) and network.network_address.ipv4_mapped is not None:
                self._add("networks", f"{value} is an IPv4 network written as IPv6", "write it as IPv4")
            networks.append(network)
        return tuple(networks)

    def _substitute(self) -> Substitute | None:
        hint = 'write { max_scale = 0.125 }, and if you like tier = "NAME"'
        table = self._typed("substitute", dict, hint)
        if table is None:
            return None
        for key in set(table) - {"max_scale", "tier"}:
            self._add(f"substitute.{key}", "unknown key", hint)
        scale, tier = table.get("max_scale"), table.get("tier", "degraded")
        if isinstance(scale, bool) or not isinstance(scale, int | float) or not 0 < scale < 1:
            self._add("substitute.max_scale", f"{scale!r} is not between 0 and 1", hint)
            return None
        if not isinstance(tier, str) or _TIER.fullmatch(tier) is None or tier == "full":
            self._add("substitute.tier", f"{tier!r} is no name of a tier", "letters, digits, underscore; not `full`")
            return None
        return Substitute(float(scale), tier)

    def _date(self, key: str) -> datetime | None:
        hint = "write a date like 2031-01-01, or an instant like 2031-01-01T00:00:00Z"
        value = self._typed(key, date, hint)
        if value is None:
            return None
        if not isinstance(value, datetime):
            return datetime.combine(value, time(), UTC)
        if value.tzinfo is None:
            self._add(key, "has a time of day but no offset from UTC", hint)
            return None
        return value.astimezone(UTC)

    def _texts(self) -> dict[str, str]:
        texts = {}
        for key in sorted(TEXT_KEYS & set(self.values)):
            text = self._typed(key, str, "plain text")
            if text is None:
                continue
            if "<" in text or any(ord(c) < 32 and c not in "\n\t" for c in text) or len(text) > LONGEST:
                self._add(key, "is not plain text", f"no markup, no control characters, at most {LONGEST} characters")
            elif text.strip():
                texts[key] = text.strip()
            else:
                self._add(key, "is empty", "leave it out to get the built-in text")
        return texts

    def _language(self) -> str:
        value = self._typed("language", str, 'a language tag like "en"') or "en"
        if _LANGUAGE.fullmatch(value) is None:
            self._add("language", f"{value!r} is no language tag", 'write one like "en" or "de-AT"')
        return value

    def _check_together(self, policy: Policy) -> None:
        """Note keys that contradict each other: of two readings the file must say which one it means (TH-94)."""
        if "allow" in self.values:
            self._check_allow(policy)
        elif "patterns" not in self.values:
            self._add("patterns", "is missing, and so is allow", 'give patterns = ["login"], or allow = "everyone"')
        elif not policy.patterns:
            self._add("patterns", "names nobody", 'give at least one, or write allow = "nobody"')
        if ("roles" in self.values or "provider" in self.values) and "login" not in policy.patterns:
            self._add("patterns", "has roles or a provider, but no `login`", 'add "login", or take them out')
        by_address = bool(policy.patterns & BY_ADDRESS)
        if by_address and not self.values.get("networks"):
            self._add("networks", "is missing", "external and kiosk let in whoever is in one of the networks")
        if "networks" in self.values and not by_address:
            self._add("networks", "is given without `external`", 'add "external" to patterns: any one pattern lets in')
        if policy.since is not None and policy.until is not None and policy.until <= policy.since:
            self._add("until", "is not after `from`", "the policy holds from `from` until `until`")

    def _check_allow(self, policy: Policy) -> None:
        pointless = sorted(_RESTRICTING & set(self.values)) if policy.everyone else []
        if not policy.everyone and "patterns" in self.values:
            pointless = ["patterns"]
        for key in pointless:
            self._add(key, f'means nothing beside allow = "{self.values["allow"]}"', "take one of the two out")
