"""What `lectern check --online` tells of the public URL: whether Lectern answers there, by https, and at that path."""

from collections.abc import Iterator
from urllib.parse import urljoin

import requests

from services.faults import Fault

_WAIT = (2.0, 5.0)  # seconds to connect, and for an answer
_SECURE = "https://"


def public_url_troubles(base: str) -> Iterator[Fault]:
    """Yield why readers do not come to Lectern at its public URL, as seen from this machine; waits seconds at most."""
    asked = f"{base}/healthz"
    try:
        with requests.Session() as session:
            session.trust_env = False
            with session.get(asked, timeout=_WAIT, allow_redirects=False) as response:
                location = urljoin(asked, response.headers.get("Location", ""))
                yield from judged(base, response.status_code, location, ours=_is_ours(response))
    except requests.exceptions.SSLError:
        yield (
            f"{asked} shows a certificate that this machine does not trust: browsers refuse every address there.",
            "Have the proxy send the whole chain of a certificate for this host; an authority of your own has to be "
            "known to the readers' browsers.",
        )
    except requests.RequestException:
        yield (
            f"{asked} does not answer this machine: it may be down, or be reached from outside only.",
            "Start Lectern and the proxy, or open the address from another machine.",
        )


def judged(base: str, status: int, location: str, *, ours: bool) -> Iterator[Fault]:
    """Yield what is wrong with an answer of `{base}/healthz`: its status, where it leads (absolute), if it is ours."""
    redirected = status in range(300, 400)
    if redirected and not base.startswith(_SECURE) and location.startswith(_SECURE):
        yield (
            f"LECTERN_PUBLIC_URL is {base}, and the proxy there leads to {location}: every id is a plain http address, "
            "which no page on https loads (mixed content), and browsers keep no cookies of ours.",
            "Set LECTERN_PUBLIC_URL to the https address; ids change with it, so do it before manifests go out.",
        )
    elif redirected:
        yield (
            f"{base} leads elsewhere, to {location}: viewers that follow ids of ours are sent on at every step.",
            "Set LECTERN_PUBLIC_URL to the address where readers end.",
        )
    elif status != requests.codes.ok or not ours:
        yield (
            f"{base}/healthz is answered with status {status}, and not by Lectern.",
            "See that the proxy passes that address on, and a path in it as it was sent; docs/install.md has recipes.",
        )


def _is_ours(response: requests.Response) -> bool:
    try:
        return bool(response.json() == {"status": "ok"})
    except ValueError:
        return False
