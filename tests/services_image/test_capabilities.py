"""Image URLs that open without a cookie, while their session lives and only for what it may see (TH-70)."""

from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from flask.testing import FlaskClient
from structlog.testing import capture_logs

from auth.capability import make_capability
from lectern.clock import seconds
from lectern.ids import ImageId
from lectern.keys import CAPABILITY_KEY
from lectern.settings import Settings
from services.app import create_app
from services.context import Context
from services.credentials import COOKIE
from tests.services_image.conftest import BASE, House

TILE = "/0,0,256,256/256,/0/default.jpg"
SECRET = "a secret between proxy and us"


class Shop:
    """The house with all its services and capability URLs, and a viewer on another site that has a token."""

    def __init__(self, house: House, **settings: object) -> None:
        self.house = house
        given = {"home": house.context.home.path, "public_url": BASE, "verify_secret": SECRET, "capability_urls": True}
        self.context = Context(Settings(**{**given, **settings}), lambda: house.now)  # type: ignore[arg-type]
        self.client: FlaskClient = create_app(self.context).test_client(use_cookies=False)
        self.client.environ_base["REMOTE_ADDR"] = "192.0.2.7"
        self.cookie = house.cookie("ada")

    def token(self, policy: str = "sealed", version: int = 1) -> str:
        issued = self.context.sessions.issue_token(self.cookie, policy, version, BASE)
        assert issued is not None
        return issued.value

    def get(self, path: str, **headers: str):
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.get(path, headers=named)

    def info(self, image: str = "secret-1", policy: str = "sealed", **headers: str):
        return self.get(f"/iiif/2/{image}/info.json", Authorization=f"Bearer {self.token(policy)}", **headers)

    def service(self, image: str = "secret-1", policy: str = "sealed") -> str:
        """Return the path of the image service that a viewer with a token is given."""
        document = self.info(image, policy).get_json()
        return urlsplit(str(document["@id"])).path

    def close(self) -> None:
        self.context.catalogue.close()
        self.context.state.close()


@pytest.fixture
def shop(house: House) -> Iterator[Shop]:
    made = Shop(house)
    yield made
    made.close()


def test_a_token_is_told_of_urls_that_open_without_a_cookie(shop: Shop):
    answer = shop.info()
    document = answer.get_json()
    assert answer.status_code == 200
    assert document["@id"].startswith(f"{BASE}/iiif/2/secret-1~~")
    assert "service" not in document
    assert answer.headers["Cache-Control"] == "private, no-store"
    tile = shop.get(urlsplit(document["@id"]).path + TILE)
    assert (tile.status_code, tile.mimetype) == (200, "image/jpeg")
    assert tile.headers["Cache-Control"] == "private, no-store"
    assert tile.headers["Referrer-Policy"] == "no-referrer"
    assert tile.headers["Access-Control-Allow-Origin"] == "*"
    assert "~~" not in tile.headers["Link"]


def test_th_70_they_are_off_unless_switched_on(house: House, shop: Shop):
    service = shop.service()
    off = Shop(house, capability_urls=False)
    assert off.info().get_json()["@id"] == f"{BASE}/iiif/2/secret-1"
    assert off.get(service + TILE).status_code == 404
    off.close()


def test_its_own_info_json_says_the_same_as_long_as_it_is_good(shop: Shop):
    service = shop.service()
    assert shop.get(f"{service}/info.json").get_json()["@id"] == BASE + service
    assert shop.get(service).headers["Location"] == f"{BASE}{service}/info.json"
    three = service.replace("/iiif/2/", "/iiif/3/")
    assert shop.get(f"{three}/info.json").get_json()["id"] == BASE + three
    assert shop.get(three + TILE).status_code == 200
    shop.house.now += timedelta(seconds=300)
    late = shop.get(f"{service}/info.json")
    assert late.status_code == 401
    assert late.get_json()["@id"] == f"{BASE}/iiif/2/secret-1"
    assert late.get_json()["service"]


def test_who_brings_his_cookie_is_given_none(shop: Shop):
    answer = shop.info(Cookie=f"{COOKIE}={shop.cookie}")
    assert answer.get_json()["@id"] == f"{BASE}/iiif/2/secret-1"


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer undefined"}])
def test_without_a_good_token_there_is_none(shop: Shop, headers: dict[str, str]):
    answer = shop.get("/iiif/2/secret-1/info.json", **headers)
    assert answer.status_code == 401
    assert "~~" not in answer.text


def test_th_29_it_ends_after_five_minutes(shop: Shop):
    service = shop.service()
    shop.house.now += timedelta(seconds=299)
    assert shop.get(service + TILE).status_code == 200
    shop.house.now += timedelta(seconds=1)
    assert shop.get(service + TILE).status_code == 401


def test_th_70_it_ends_with_its_session(shop: Shop):
    service = shop.service()
    shop.context.sessions.sign_out(shop.cookie)
    assert shop.get(service + TILE).status_code == 401


def test_th_70_it_opens_only_what_its_reader_may_see_just_now(shop: Shop, monkeypatch: pytest.MonkeyPatch):
    service = shop.service()
    file = shop.context.home.policies_file
    new = file.with_suffix(".new")
    new.write_text(file.read_text().replace('roles = ["member"]', 'roles = ["nobody"]'))
    new.replace(file)
    book = shop.context.policies
    monkeypatch.setattr(book, "_looked", book._looked - 2)
    assert shop.get(service + TILE).status_code in (401, 403)


def test_th_70_it_is_bound_to_its_image_and_tier(shop: Shop):
    capability = shop.service().partition("~~")[2]
    for image in ("cellars-1", "letters-1", "secret-2", "nothing-1"):
        assert shop.get(f"/iiif/2/{image}~~{capability}{TILE}").status_code in (401, 404)
    changed = ("b" if capability[0] == "a" else "a") + capability[1:]
    assert shop.get(f"/iiif/2/secret-1~~{changed}{TILE}").status_code == 401
    assert shop.get(f"/iiif/2/secret-1~~{capability[:-1]}{TILE}").status_code == 404


def test_th_31_a_bearer_beside_it_changes_nothing(shop: Shop):
    service = shop.service()
    token = shop.token()
    shop.house.now += timedelta(seconds=300)
    assert shop.get(service + TILE, Authorization=f"Bearer {token}").status_code == 401


def test_th_85_one_of_a_hidden_image_opens_it_and_a_false_one_shows_nothing(shop: Shop):
    service = shop.service("cellars-1", "unseen")
    assert shop.get(service + TILE).status_code == 200
    shop.context.sessions.sign_out(shop.cookie)
    gone, nothing = shop.get(service + TILE), shop.get("/iiif/2/nothing-1" + TILE)
    assert (gone.status_code, gone.data) == (nothing.status_code, nothing.data)


def test_th_70_it_is_in_no_log(shop: Shop):
    service = shop.service()
    capability = service.partition("~~")[2]
    with capture_logs() as lines:
        shop.get(service + TILE)
        shop.get(service + "/nonsense/max/0/default.jpg")
        shop.get(service + TILE, Cookie=f"{COOKIE}=a; {COOKIE}=b")
    assert any(line.get("path", "").endswith(f"secret-1~~-{TILE}") for line in lines)
    assert capability[:30] not in repr(lines)


def test_th_97_without_the_store_it_opens_nothing(shop: Shop):
    service = shop.service()
    shop.context.state.close()
    shop.house.context.state.close()
    shop.context.home.state_file.unlink()
    shop.context.home.state_file.mkdir()
    assert shop.get(service + TILE).status_code == 503


def test_th_71_its_tiles_are_counted_for_its_session(house: House):
    shop = Shop(house, tiles_per_second=3)
    shop.context.pace._elapsed = lambda: 7.0
    services = [shop.service(), shop.service()]
    assert [shop.get(services[n % 2] + TILE).status_code for n in range(5)] == [200, 200, 200, 429, 429]
    shop.close()


def test_th_71_verify_counts_its_tiles_for_its_session_too(house: House):
    shop = Shop(house, tiles_per_second=3)
    shop.context.pace._elapsed = lambda: 7.0
    cookie, second = f"{COOKIE}={shop.cookie}", "/iiif/2/cellars-1" + TILE

    def ask(path: str, **more: str) -> int:
        asked = {"X_Original_URI": path, "X_Lectern_Secret": SECRET, "X_Forwarded_For": "192.0.2.7"}
        return int(shop.get("/auth/verify", **asked, **more).status_code)

    assert ask(shop.service() + TILE) == 204
    assert ask(shop.service("cellars-1", "unseen") + TILE) == 204
    assert ask(shop.service() + TILE, Cookie=cookie) == 204
    assert ask(second, Cookie=cookie) == 429
    assert shop.get(shop.service() + TILE).status_code == 429
    shop.close()


def test_verify_knows_it_too(shop: Shop):
    service = shop.service()

    def ask(path: str):
        return shop.get("/auth/verify", X_Original_URI=path, X_Lectern_Secret=SECRET, X_Forwarded_For="192.0.2.7")

    assert ask(service + TILE).status_code == 204
    asked = {"X_Original_URI": service + TILE, "X_Lectern_Secret": SECRET, "X_Forwarded_For": "192.0.2.7"}
    kept_by_nobody = shop.get("/auth/verify", **asked, Cookie=f"{COOKIE}={shop.cookie}")
    assert kept_by_nobody.status_code == 204
    assert "X-Accel-Expires" not in kept_by_nobody.headers
    assert ask(service.replace("secret", "cellars") + TILE).status_code in (401, 403)
    shop.context.sessions.sign_out(shop.cookie)
    assert ask(service + TILE).status_code == 401


def test_au2_46_a_probe_sends_the_viewer_there(shop: Shop):
    token = shop.token(version=2)
    result = shop.get("/auth/probe/secret-1", Authorization=f"Bearer {token}").get_json()
    assert result["status"] == 302
    assert "substitute" not in result
    location = result["location"]
    assert location["type"] == "Image"
    assert shop.get(urlsplit(location["id"]).path).status_code == 200
    assert shop.get(urlsplit(location["service"][0]["id"]).path + TILE).status_code == 200
    cookie = f"{COOKIE}={shop.cookie}"
    direct = shop.get("/auth/probe/secret-1", Authorization=f"Bearer {token}", Cookie=cookie).get_json()
    assert direct["status"] == 200
    assert "location" not in direct


def test_th_101_a_key_taken_away_opens_nothing_any_more(shop: Shop):
    service = shop.service()
    shop.context.home.keyring.rotate(CAPABILITY_KEY)
    assert shop.get(service + TILE).status_code == 200
    assert shop.get(shop.service() + TILE).status_code == 200
    shop.context.home.keyring.rotate(CAPABILITY_KEY, drop_old=True)
    assert shop.get(service + TILE).status_code == 401
    ends = seconds(shop.house.now) + 60
    forged = make_capability([b"y" * 32], ImageId("secret", 1), "ab" * 32, ends)
    assert shop.get(f"/iiif/2/secret-1~~{forged}{TILE}").status_code == 401
