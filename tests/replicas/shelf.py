"""A shelf with an object under each kind of policy, and what its readers do."""

from pathlib import Path

from tests.deployment.reader import Visitor
from tests.hostile_provider import CLIENT, CLIENT_SECRET
from tests.ingest.files import alto, string, text_lines, write_picture
from tests.replicas.machines import Machine

PASSWORD = "a long enough pass phrase"
TILE = "0,0,256,256/256,/0/default.jpg"
POLICIES = """
[policies.readers]
patterns = ["login"]
roles = ["reader"]

[policies.terms]
patterns = ["clickthrough"]

[policies.places]
patterns = ["login"]
roles = ["reader"]
search = "boxes"

[policies.elsewhere]
patterns = ["login"]
provider = "sso"
roles = ["member"]
"""
_BOOKS = ("readers", "terms", "places", "elsewhere", "open")


def sso(issuer: str) -> dict[str, str]:
    """Return the settings of the provider that a policy of the shelf names."""
    told = {"issuer": issuer, "client_id": CLIENT, "client_secret": CLIENT_SECRET, "kind": "oidc"}
    told |= {"roles_claim": "groups", "roles__members": "member"}
    return {f"providers__sso__{key}": value for key, value in told.items()}


def fill(first: Machine, scans: Path) -> None:
    """Put an object under each policy on the shelf, and readers into the store, all from one machine."""
    (first.home.path / "policies.toml").write_text(POLICIES)
    for name in _BOOKS:
        for page in (1, 2):
            write_picture(scans / name / f"p{page}.png", 1000, 1400)
            (scans / name / f"p{page}.xml").write_bytes(alto(text_lines(string("lighthouse"))))
        first.invoke("ingest", str(scans / name), "--policy", name)
    for name in ("ann", "ben", "cy"):
        first.invoke("user", "add", name, "--role", "reader", "--password-stdin", told=f"{PASSWORD}\n")


def tile(book: str, version: int = 2) -> str:
    return f"/iiif/{version}/{book}-1/{TILE}"


def sign_out(visitor: Visitor) -> None:
    gone = visitor.ask("/auth/logout", Sec_Fetch_Mode="navigate", Sec_Fetch_User="?1", Sec_Fetch_Dest="document")
    assert gone.status == 200


def page_load(visitor: Visitor) -> list[int]:
    """Return the statuses of what a viewer asks for when a reader opens a book and searches it."""
    asked = ["/presentation/3/open/manifest", "/iiif/2/open-1/info.json", tile("open"), "/search/1/open?q=lighthouse"]
    return [visitor.ask(path, cookies=False).status for path in [*asked, "/objects/open", "/auth/probe/open-1"]]
