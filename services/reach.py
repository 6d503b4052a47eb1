"""Whether the address a reader comes from is his own: a proxy before us, stated or not (TH-53, TH-54, TH-56)."""

import os
from collections.abc import Iterable, Iterator
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from auth.policies import Policies
from lectern.settings import Settings

# What Docker and Podman put into every container; the only door of one is the port that somebody publishes. Podman's
# file is not to be seen where the root is read-only: there the variable `container` says it.
_MARKS_OF_A_CONTAINER = (Path("/.dockerenv"), Path("/run/.containerenv"))


def reachable_past_the_proxy(settings: Settings, *, contained: bool | None = None) -> Iterator[tuple[str, str]]:
    """Yield what is doubtful about the address we listen on, with its remedy.

    Whoever reaches us beside the proxy says himself which address he comes from. In a container (`contained`; found
    out if None) every address is the container's own, and nothing is said.
    """
    proxied = settings.trusted_proxies > 0 or settings.verify_secret
    if contained is None:
        contained = "container" in os.environ or any(mark.exists() for mark in _MARKS_OF_A_CONTAINER)
    if not proxied or contained or _is_loopback(settings.host):
        return
    because = "LECTERN_TRUSTED_PROXIES" if settings.trusted_proxies else "LECTERN_VERIFY_SECRET"
    yield (
        f"{because} says that a proxy stands before Lectern, and LECTERN_HOST={settings.host} lets other machines go "
        "past it: they would name the address that they come from themselves.",
        "Take LECTERN_HOST out, so that only this machine is listened to; if the proxy is on another machine, let a "
        "firewall admit that one alone.",
    )


def all_through_one_address(settings: Settings, policies: Policies) -> Iterator[tuple[str, str]]:
    """Yield that networks of policies are looked for among addresses that seem to be a proxy's, with its remedy.

    We speak no https ourselves, so with a public https address, or one of another host, somebody stands before us.
    """
    public = urlsplit(settings.base_url)
    if settings.trusted_proxies or (public.scheme != "https" and _is_loopback(public.hostname or "")):
        return
    named = _with_networks(policies)
    if named:
        yield (
            f"LECTERN_TRUSTED_PROXIES is 0, and {named} lets in by address: if a proxy serves {settings.base_url}, "
            "every reader seems to come from the proxy, and all are let in or none.",
            "Set LECTERN_TRUSTED_PROXIES=1 for one proxy that appends to X-Forwarded-For; docs/install.md has recipes.",
        )


def ids_of_this_machine(settings: Settings) -> Iterator[tuple[str, str]]:
    """Yield that all ids name this machine although others are to read them, with its remedy."""
    if settings.public_url or (settings.trusted_proxies == 0 and _is_loopback(settings.host)):
        return
    because = (
        f"LECTERN_TRUSTED_PROXIES is {settings.trusted_proxies}"
        if settings.trusted_proxies
        else f"LECTERN_HOST is {settings.host}"
    )
    yield (
        f"{because}, and LECTERN_PUBLIC_URL is not set: every id, redirect and link says {settings.base_url}, whatever "
        "address a reader came by; no header of a request changes that.",
        "Set LECTERN_PUBLIC_URL to the address that readers see, such as https://books.example.org.",
    )


def _with_networks(policies: Policies) -> str:
    names: Iterable[str] = (name for name in sorted(policies.names) if policies.get(name).networks)
    return ", ".join(f"policy {name}" for name in names)


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
