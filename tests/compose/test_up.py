"""`docker compose up` with an empty home: books get in, words are found, restricted pages open for whoever signs in."""

from urllib.parse import quote

import pytest

from services import SERVICES
from tests.compose.installation import CONTAINERS, Installation, wait_until
from tests.conftest import ROOT
from tests.deployment.reader import Visitor

_NAME, _PASSWORD = "reader", "a long enough pass phrase"
_TILE = "/iiif/2/letters-1/0,0,400,400/200,/0/default.jpg"
_SHELF = {"almanac": "open", "gazette": "terms", "letters": "readers", "seasons": "open", "beginnings": "open"}


@pytest.fixture(scope="module")
def up(installation: Installation) -> Installation:
    """Return the installation, up, and with nothing on its shelf."""
    installation.compose("up", "-d")
    wait_until(installation.serves)
    return installation


@pytest.fixture(scope="module")
def furnished(up: Installation) -> Installation:
    """Return the installation with the sample shelf and one reader, put there as docs/compose.md tells."""
    policies = (ROOT / "samples/policies.toml").read_text()
    up.compose(
        *("--profile", "tools", "run", "--rm", "-T", "--entrypoint", "tee", "lectern", "/data/policies.toml"),
        given=policies,
    )
    for name, policy in _SHELF.items():
        told = up.tool("ingest", f"/app/samples/{name}", "--policy", policy)
        assert name in told
    up.lectern("user", "add", _NAME, "--role", "reader", "--password-stdin", given=f"{_PASSWORD}\n")
    return up


def test_a_fresh_home_comes_up_with_an_empty_shelf(up: Installation):
    status, body = up.get("/")
    assert status == 200
    assert b"/objects/" not in body


def test_the_sample_shelf_is_searched_through_the_gateway(furnished: Installation):
    found = Visitor(furnished.base).ask("/search/1/almanac?q=lantern").json()
    assert found["within"]["total"] > 0
    assert found["@id"].startswith(furnished.base)
    assert Visitor(furnished.base).ask(f"/search/2/seasons?q={quote('夕暮れ')}").json()["items"]


def test_manifests_name_the_address_that_readers_see(furnished: Installation):
    manifest = Visitor(furnished.base).ask("/presentation/3/almanac/manifest").json()
    assert manifest["id"] == f"{furnished.base}/presentation/3/almanac/manifest"


def test_the_viewers_are_in_the_image(furnished: Installation):
    for script in ("mirador/mirador.min.js", "uv/umd/UV.js", "openseadragon/openseadragon.min.js"):
        assert Visitor(furnished.base).ask(f"/viewers/{script}").status == 200


def test_a_restricted_tile_opens_for_the_reader_who_signs_in_and_for_nobody_else(furnished: Installation):
    reader, stranger = Visitor(furnished.base), Visitor(furnished.base)
    assert reader.ask(_TILE).status == 401
    assert reader.sign_in("/auth/access/readers", _NAME, _PASSWORD).status == 200
    tile = reader.ask(_TILE)
    assert (tile.status, tile.headers["content-type"]) == (200, "image/jpeg")
    assert reader.ask("/search/1/letters?q=Commodore").json()["within"]["total"] > 0
    assert stranger.ask(_TILE).status == 401
    assert stranger.ask("/search/1/letters?q=Commodore").json()["within"]["total"] == 0


def test_th_56_only_the_gateway_has_a_door_and_that_on_this_machine(up: Installation):
    doors = {name: up.inspect(name)["NetworkSettings"]["Ports"] or {} for name in CONTAINERS}
    published = {name: [place for places in ports.values() for place in places or ()] for name, ports in doors.items()}
    assert published.pop("gateway") == [{"HostIp": "127.0.0.1", "HostPort": str(up.port)}]
    assert not any(published.values())
    for path in ("/auth/verify", "/metrics"):
        assert up.get(path)[0] == 404


@pytest.mark.parametrize("name", CONTAINERS)
def test_every_container_is_healthy_and_can_do_little(up: Installation, name: str):
    health = up.inspect(name)["Config"].get("Healthcheck") or {}
    assert health["Test"][0] in {"CMD", "CMD-SHELL"}
    port, path = ("8081", "/") if name == "gateway" else ("8080", "/readyz")
    folder = "/etc/lectern" if name == "gateway" else "/app"
    up.inside(name, "bash", f"{folder}/healthy", port, path)

    assert up.inspect(name)["HostConfig"]["ReadonlyRootfs"] is True
    status = dict(line.split(":", 1) for line in up.inside(name, "cat", "/proc/1/status").splitlines())
    assert status["Uid"].split() == ["101" if name == "gateway" else "10001"] * 4
    assert {status[key].strip() for key in ("CapEff", "CapPrm", "CapBnd")} == {"0" * 16}
    assert status["NoNewPrivs"].strip() == "1"
    written = (
        "touch /tmp/x && for place in / /etc /app /usr /var; do touch $place/x 2>/dev/null && echo $place; done; :"
    )
    assert up.inside(name, "sh", "-c", written) == ""


def test_the_health_check_of_a_service_that_does_not_answer_fails(up: Installation):
    with pytest.raises(AssertionError, match="ended with 1"):
        up.inside("search", "bash", "/app/healthy", "8079", "/readyz")
    with pytest.raises(AssertionError, match="ended with 1"):
        up.inside("search", "bash", "/app/healthy", "8080", "/nothing-here")


def test_what_builds_is_not_in_the_image(up: Installation):
    here = "ls /app /app/.venv/bin /app/.venv/lib/python3*/site-packages; command -v node npm gcc; :"
    names = set(up.inside("search", "sh", "-c", here).split())
    assert {"lectern", "services", "viewers", "samples"} <= names
    assert not names & {"pip", "pip3", "setuptools", "hatchling", "pkgconfig", "node", "npm", "gcc", "tests", "docs"}


def test_services_tell_of_no_doubt_when_they_start(up: Installation):
    for name in SERVICES:
        log = up.engine("logs", up.container(name))
        assert "warning" not in log.lower(), log


def test_a_service_that_dies_is_asked_for_again_and_comes_back(furnished: Installation):
    furnished.crash("search")
    answer = Visitor(furnished.base).ask("/search/1/almanac?q=lantern")
    if answer.status != 200:
        assert (answer.status, answer.headers["retry-after"]) == (503, "5")
        assert answer.json()["resources"] == []
    assert furnished.get("/")[0] == 200, "the others go on"
    wait_until(lambda: furnished.get("/search/1/almanac?q=lantern")[0] == 200)


def test_one_of_two_copies_dies_and_no_search_fails(furnished: Installation):
    furnished.compose("up", "-d", "--scale", "search=2")
    both = "getent ahostsv4 search | grep -c STREAM; grep -c server.*max_fails /tmp/gateway/upstreams.conf"
    wait_until(lambda: furnished.inside("gateway", "sh", "-c", both).split() == ["2", str(len(SERVICES) + 1)])
    second = furnished.container("search", 2)
    wait_until(lambda: _healthy(furnished, second))
    furnished.engine("kill", second)
    answers = [furnished.get("/search/1/almanac?q=lantern")[0] for _ in range(60)]
    assert set(answers) == {200}


def _healthy(installation: Installation, container: str) -> bool:
    try:
        installation.engine("exec", container, "bash", "/app/healthy", "8080", "/readyz")
    except AssertionError:
        return False
    return True
