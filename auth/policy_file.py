"""Reads the tables of policies.toml into policies, and finds every error of the file at once (TH-95, TH-99)."""

import re
from collections.abc import Collection, Mapping
from datetime import UTC, date, datetime, time
from ipaddress import IPv6Network, ip_network
from typing import Any, cast, get_args

from auth.policy import BY_ADDRESS, OPEN, PATTERNS, Manifest, Network, Pattern, Policy, Search, Substitute
from auth.policy_overrides import read_overrides
from auth.policy_problems import Problems, Values
from auth.policy_texts import LANGUAGE_HINT, TEXT_KEYS, Ours, Written, fill_texts, read_texts
from auth.rules import Override
from lectern.names import LOCAL, OWN_PROVIDERS, ROLE
from lectern.nearest import nearest

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_TIER = re.compile(r"[A-Za-z0-9_]{1,32}")
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")
_OF_LOGIN = ("provider", "providers", "roles", "all_roles", "not_roles")
_LONGEST_WATERMARK = 64
_DATES = ("from", "until", "tell_until")
_RESTRICTING = frozenset({*_OF_LOGIN, *_DATES, "patterns", "networks", "substitute", "search", "manifest"})
_JUDGED_BY = frozenset({"allow", "patterns", "not_roles"})  # what others are held against
_KEYS = _RESTRICTING | TEXT_KEYS | {"allow", "language", "texts"}


def read_policies(
    document: Mapping[str, Any], ours: Ours, providers: Collection[str] | None, problems: Problems
) -> tuple[dict[str, Policy], dict[str, Override]]:
    """Return the policies of a parsed file by name, the built-in `open` among them, and the overrides by object id.

    `ours` fills in the texts that are not there. `providers` are the names of the tables [providers.NAME] of
    lectern.toml; with None any name will do. Errors go into `problems`.
    """
    for key in document:
        if key not in {"policies", "objects"}:
            problems.add(key, "unknown key", "the file holds tables [policies.NAME] and [objects.ID] only")
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
            policies[name] = _Table(where, table, problems).policy(name, ours, providers)
    return policies, read_overrides(document.get("objects", {}), {*policies, *tables}, problems)


class _Table(Values):
    """One table [policies.NAME]; every method reads one key and notes what is wrong with it."""

    def policy(self, name: str, ours: Ours, providers: Collection[str] | None) -> Policy:
        """Return the policy; if problems were noted it is not to be used."""
        self.know(_KEYS)
        patterns, language = self._patterns(), self._language(ours.language)
        filled = fill_texts(patterns, ours, self._written(language), language)
        policy = Policy(
            name,
            everyone=self._everyone(),
            patterns=patterns,
            providers=self._providers(providers),
            roles=self._roles("roles"),
            all_roles=self._roles("all_roles"),
            not_roles=self._roles("not_roles") or frozenset(),
            networks=self._networks(),
            substitute=self._substitute(),
            search=cast(Search, self.choice("search", get_args(Search), "none")),
            manifest=cast(Manifest, self.choice("manifest", get_args(Manifest), "full")),
            since=self._date("from"),
            until=self._date("until"),
            tells_until=self.typed("tell_until", bool, "true or false") is not False,
            texts=filled.texts,
            translations=filled.translations,
            borrowed=filled.borrowed,
        )
        if not self.noted & _JUDGED_BY and all(key in _KEYS or nearest(key, _KEYS) is None for key in self.values):
            self._check_together(policy)  # else one slip of the pen would be told three times
        return policy

    def _everyone(self) -> bool:
        value = self.values.get("allow")
        if value not in (None, "everyone", "nobody"):
            self.add("allow", f"{value!r} is unknown", '"everyone" or "nobody", or leave it out and give patterns')
        return value == "everyone"

    def _patterns(self) -> frozenset[Pattern]:
        hint = "some of " + ", ".join(PATTERNS)
        values = self.strings("patterns", hint)
        for value in values:
            if value not in PATTERNS:
                self.add("patterns", f"{value!r} is unknown", hint)
        return frozenset(pattern for pattern in PATTERNS if pattern in values)

    def _providers(self, known: Collection[str] | None) -> frozenset[str]:
        """Return whose readers count; a name that there is not would let nobody in, and is an error (TH-95)."""
        if "provider" in self.values and "providers" in self.values:
            self.add("providers", "stands beside provider", "take one of the two")
        hint = '"local", "codes", or the name of a table [providers.NAME] in lectern.toml'
        one = self.typed("provider", str, hint)
        names = self.strings("providers", f"a list of {hint}")
        if "providers" in self.values and not names:
            self.add("providers", "names nobody", f"at least one of {hint}")
        for key, name in [("provider", one), *(("providers", name) for name in names)]:
            if name is not None and known is not None and name not in OWN_PROVIDERS.union(known):
                self.add(key, f"there is no provider {name!r}", hint)
        return frozenset(names) or frozenset({LOCAL if one is None else one})

    def _roles(self, key: str) -> frozenset[str] | None:
        if key not in self.values:
            return None
        values = self.strings(key, 'a list such as ["member"]')
        for value in values:
            if ROLE.fullmatch(value) is None:
                self.add(key, f"{value!r} is no role", "letters, digits and . _ : - make a role")
        return frozenset(values)

    def _networks(self) -> tuple[Network, ...]:
        networks: list[Network] = []
        for value in self.strings("networks", 'a list such as ["10.0.0.0/8", "2001:db8::/32"]'):
            try:
                network = ip_network(value)
            except ValueError as error:
                self.add("networks", str(error), "write a network like 10.0.0.0/8 or one address")
                continue
            if isinstance(network, IPv6Network) and network.network_address.ipv4_mapped is not None:
                self.add("networks", f"{value} is an IPv4 network written as IPv6", "write it as IPv4")
            networks.append(network)
        return tuple(networks)

    def _substitute(self) -> Substitute | None:
        hint = 'write { max_scale = 0.125 }, and if you like tier = "NAME" and watermark = "TEXT"'
        table = self.typed("substitute", dict, hint)
        if table is None:
            return None
        for key in set(table) - {"max_scale", "tier", "watermark"}:
            self.add(f"substitute.{key}", "unknown key", hint)
        scale, tier = table.get("max_scale"), table.get("tier", "degraded")
        if scale is None:
            self.add("substitute.max_scale", "is missing", hint)
            return None
        if isinstance(scale, bool) or not isinstance(scale, int | float) or not 0 < scale < 1:
            self.add("substitute.max_scale", f"{scale!r} is not between 0 and 1", hint)
            return None
        if not isinstance(tier, str) or _TIER.fullmatch(tier) is None or tier == "full":
            self.add("substitute.tier", f"{tier!r} is no name of a tier", "letters, digits, underscore; not `full`")
            return None
        return Substitute(float(scale), tier, self._watermark(table))

    def _watermark(self, table: Mapping[str, Any]) -> str:
        text = table.get("watermark")
        if text is None:
            return ""
        hint = f"plain text of one line, at most {_LONGEST_WATERMARK} characters; leave it out for none"
        plain = isinstance(text, str) and text.isprintable() and 0 < len(text.strip()) <= _LONGEST_WATERMARK
        if not plain:
            self.add("substitute.watermark", f"{text!r} is no text that can be drawn", hint)
            return ""
        return str(text).strip()

    def _date(self, key: str) -> datetime | None:
        hint = "write a date like 2031-01-01, or an instant like 2031-01-01T00:00:00Z"
        value = self.typed(key, date, hint)
        if value is None:
            return None
        if not isinstance(value, datetime):
            return datetime.combine(value, time(), UTC)
        if value.tzinfo is None:
            self.add(key, "has a time of day but no offset from UTC", hint)
            return None
        return value.astimezone(UTC)

    def _written(self, language: str) -> Written:
        """Return the texts by language: those of the table itself are in the policy's own."""
        written: Written = {}
        if own := read_texts(self):
            written[language] = own
        for tag, table in (self.typed("texts", dict, f"write [{self.where}.texts.de]") or {}).items():
            where = f"texts.{tag}"
            if _LANGUAGE.fullmatch(tag) is None:
                self.add(where, "is no language tag", LANGUAGE_HINT)
            elif not isinstance(table, dict):
                self.add(where, "is no table", f"write [{self.where}.{where}]")
            else:
                values = Values(f"{self.where}.{where}", table, self.problems)
                values.know(TEXT_KEYS)
                before, texts = written.setdefault(_canonical(tag), {}), read_texts(values)
                for key in sorted(before.keys() & texts.keys()):
                    values.add(key, "is there twice in that language", "keys outside of `texts` are in `language`")
                before.update(texts)
        return written

    def _language(self, default: str) -> str:
        value = self.typed("language", str, LANGUAGE_HINT) or default
        if _LANGUAGE.fullmatch(value) is None:
            self.add("language", f"{value!r} is no language tag", LANGUAGE_HINT)
        return _canonical(value)

    def _check_together(self, policy: Policy) -> None:
        """Note keys that contradict each other: of two readings the file must say which one it means (TH-94)."""
        if "allow" in self.values:
            self._check_allow(policy)
        elif "patterns" not in self.values:
            self.add("patterns", "is missing, and so is allow", 'give patterns = ["login"], or allow = "everyone"')
        elif not policy.patterns:
            self.add("patterns", "names nobody", 'give at least one, or write allow = "nobody"')
        if set(_OF_LOGIN) & set(self.values) and "login" not in policy.patterns:
            self.add("patterns", "has roles or a provider, but no `login`", 'add "login", or take them out')
        if "not_roles" in self.values and not policy.not_roles:
            self.add("not_roles", "keeps nobody out", "name a role, or leave it out")
        by_address = bool(policy.patterns & BY_ADDRESS)
        if by_address and not self.values.get("networks"):
            self.add("networks", "is missing", "external and kiosk let in whoever is in one of the networks")
        if "networks" in self.values and not by_address:
            self.add("networks", "is given without `external`", 'add "external" to patterns: any one pattern lets in')
        if policy.since is not None and policy.until is not None and policy.until <= policy.since:
            self.add("until", "is not after `from`", "the policy holds from `from` until `until`")

    def _check_allow(self, policy: Policy) -> None:
        pointless = sorted(_RESTRICTING & set(self.values)) if policy.everyone else []
        if not policy.everyone and "patterns" in self.values:
            pointless = ["patterns"]
        for key in pointless:
            self.add(key, f'means nothing beside allow = "{self.values["allow"]}"', "take one of the two out")


def _canonical(tag: str) -> str:
    """Return a language tag in its usual letters (`de-AT`, `sr-Latn`): two spellings are one language (RFC 5646)."""
    first, *rest = tag.split("-")
    shapes = {2: str.upper, 4: str.title}
    return "-".join([first.lower(), *(shapes.get(len(part), str.lower)(part) for part in rest)])
