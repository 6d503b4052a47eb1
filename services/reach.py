"""Whether others than the proxy can reach us, where a proxy is said to stand before us (TH-53, TH-56)."""

from collections.abc import Iterator
from ipaddress import ip_address
from pathlib import Path

from lectern.settings import Settings

# What Docker and Podman put into every container; the only door of one is the port that somebody publishes.
_MARKS_OF_A_CONTAINER = (Path("/.dockerenv"), Path("/run/.containerenv"))


def reachable_past_the_proxy(settings: Settings, *, contained: bool | None = None) -> Iterator[tuple[str, str]]:
    """Yield what is doubtful about the address we listen on, with its remedy.

    Whoever reaches us beside the proxy says himself which address he comes from. In a container (`contained`; found
    out if None) every address is the container's own, and nothing is said.
    """
    proxied = settings.trusted_proxies > 0 or settings.verify_secret
    if contained is None:
        contained = any(mark.exists() for mark in _MARKS_OF_A_CONTAINER)
    if not proxied or contained or _is_loopback(settings.host):
        return
    because = "LECTERN_TRUSTED_PROXIES" if settings.trusted_proxies else "LECTERN_VERIFY_SECRET"
    yield (
        f"{because} says that a proxy stands before Lectern, and LECTERN_HOST={settings.host} lets other machines go "
        "past it: they would name the address that they come from themselves.",
        "Take LECTERN_HOST out, so that only this machine is listened to; if the proxy is on another machine, let a "
        "firewall admit that one alone.",
    )


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
