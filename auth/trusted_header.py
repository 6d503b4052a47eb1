"""Who a proxy in front says has signed in, if it is the proxy that says so (TH-52)."""

import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from hmac import compare_digest
from ipaddress import IPv4Network, IPv6Network

from auth.decision import Address
from auth.identity import Identity
from lectern.confidential import plain
from lectern.providers import HeaderProvider

_LONGEST = 256
_LONGEST_ROLES = 8192

Header = Callable[[str], str | None]


@dataclass(frozen=True, slots=True)
class Shown:
    """What a request shows of one provider's headers: an identity, or why it is `refused`; neither if it has none."""

    identity: Identity | None = None
    refused: str = ""


NOTHING = Shown()


@dataclass(frozen=True, slots=True)
class TrustedHeader:
    """One provider's headers, ready to be looked for."""

    name: str
    settings: HeaderProvider = field(repr=False)

    def read(self, header: Header, peer: Address | None) -> Shown:
        """Return who the headers of a request from `peer` (the connection's own address) say has signed in.

        `header` gives a header's value, bytes as Latin-1, and None where there is none. Nothing is believed without
        the shared secret, nor from an address that is not a stated one; what is doubtful is refused whole.
        """
        settings = self.settings
        user, secret = header(settings.user_header), header(settings.secret_header)
        if secret is None and not user:
            return NOTHING
        if not self._is_proxy(secret or "", peer):
            return Shown(refused="not shown by the proxy")
        if not user:  # the proxy, about somebody who has not signed in there
            return NOTHING
        name = _text(user)
        if name is None:
            return Shown(refused="the user is unreadable, or named twice")
        roles = self._roles(header(settings.roles_header) if settings.roles_header else None)
        if roles is None:
            return Shown(refused="the roles are unreadable, or given twice")
        shown = header(settings.name_header) if settings.name_header else None
        return Shown(Identity(name, roles, self.name, name=(_text(shown, commas=True) if shown else None) or ""))

    def _is_proxy(self, secret: str, peer: Address | None) -> bool:
        expected = plain(self.settings.secret)
        fits = compare_digest(secret.encode(), expected.encode()) and bool(expected)
        return fits and (not self.settings.proxies or _within(peer, self.settings.proxies))

    def _roles(self, value: str | None) -> tuple[str, ...] | None:
        """Return our roles for the proxy's; None for a value that two headers may have been joined into."""
        if not value:
            return ()
        text = _decoded(value)
        separator = self.settings.roles_separator
        if text is None or len(text) > _LONGEST_ROLES or ("," in text and separator != "," and not self._has_commas):
            return None
        return tuple(sorted(self.settings.roles_of(part.strip() for part in text.split(separator))))

    @property
    def _has_commas(self) -> bool:
        """Return whether the mapping names roles with commas in them, as names in a directory have."""
        return any("," in role for role in self.settings.roles)


def _within(peer: Address | None, networks: Iterable[IPv4Network | IPv6Network]) -> bool:
    return peer is not None and any(peer.version == network.version and peer in network for network in networks)


def _decoded(value: str) -> str | None:
    try:
        return value.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return None


def _text(value: str, *, commas: bool = False) -> str | None:
    """Return a header's text in one Unicode form; None for one that is empty, too long, or may be two of them.

    Servers join headers of one name with commas. Case is left as it is: another case is another reader.
    """
    text = _decoded(value)
    text = unicodedata.normalize("NFC", text).strip() if text else ""
    printable = all(unicodedata.category(letter)[0] not in "CZ" or letter == " " for letter in text)
    return text if 0 < len(text) <= _LONGEST and printable and (commas or "," not in text) else None
