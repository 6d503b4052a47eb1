"""Each line of the recipe that closes a hole: with it the attack gets nothing, with it changed the attack works.

So that nobody takes one out as a detail. Beside every change, what the gateway does as it is shipped.
"""

from contextlib import ExitStack

import pytest

from tests.iipsrv import iipsrv, iipsrv_program
from tests.services_nginx.iipimage import DEPLOY, Behind, ask, variables

pytestmark = pytest.mark.nginx

_SMALL = "full/150,110/0/default.jpg"
_MEMBERS, _STAFF, _ROOM = (f"/iiif/2/{name}-1/{_SMALL}" for name in ("members", "staff", "room"))
_KEY = '"$lectern_session|$lectern_image|$remote_addr"'
# Past the corner of the picture: iipsrv 1.1 ends.
_DEADLY = "/iiif/2/open-1/9999,9999,5,5/max/0/default.jpg"


@pytest.fixture(scope="module")
def behind(needs_nginx, tmp_path_factory):
    iipsrv_program()
    with ExitStack() as stack:
        made = Behind(tmp_path_factory.mktemp("traps"), stack)
        stack.enter_context(made.gateway())
        yield made


@pytest.fixture
def member(behind):
    return behind.cookie("member")


def gets(port: int, path: str, cookie: str = "", **more: str) -> bytes:
    """Return the picture that is given, or nothing."""
    status, _, body = ask(port, path, cookie, **more)
    return body if status == 200 else b""


def test_th_61_trap_1_the_name_of_a_cookie_with_a_hyphen_is_no_variable(behind, member):
    guest = behind.cookie("guest")
    assert gets(behind.port, _MEMBERS, member)
    assert not gets(behind.port, _MEMBERS, guest)
    by_name = {"verdict": (_KEY, _KEY.replace("$lectern_session", "$cookie___Host-lectern-session"))}
    with behind.gateway(by_name) as (port, _):
        assert gets(port, _MEMBERS, member)
        assert gets(port, _MEMBERS, guest)


def test_th_61_trap_1_without_a_session_nothing_is_kept(behind, member):
    assert gets(behind.port, _MEMBERS, member)
    assert not gets(behind.port, _MEMBERS)
    assert not gets(behind.port, _MEMBERS, "__Host-lectern-session=")
    changes = {
        "verdict": (_KEY, _KEY.replace("$lectern_session", "$cookie___Host-lectern-session")),
        "verdicts": ('"~^.+:.+$"  "";', '"~.*"  "";'),
    }
    with behind.gateway(changes) as (port, _):
        assert gets(port, _MEMBERS, member)
        assert gets(port, _MEMBERS)


def test_th_60_trap_2_the_path_of_a_subrequest_is_its_own(behind, member):
    assert gets(behind.port, _MEMBERS, member)
    assert not gets(behind.port, _STAFF, member)
    with behind.gateway({"verdict": (_KEY, _KEY.replace("$lectern_image", "$uri"))}) as (port, _):
        assert gets(port, _MEMBERS, member)
        # The yes for one image is taken for the other; since the yes names the picture, it is the first once more.
        assert gets(port, _STAFF, member) == gets(port, _MEMBERS, member)
    asked = {"verdict": ("X-Original-URI $lectern_asked", "X-Original-URI $uri")}
    with behind.gateway(asked) as (port, _):
        assert not gets(port, _MEMBERS, member)  # Lectern is asked about its own address, which is a no


def test_th_59_trap_3_a_map_overwrites_the_numbered_captures_of_a_location(behind, member):
    right = behind.direct("members%2F0001.tif", _SMALL)
    assert gets(behind.port, _MEMBERS, member) == right
    with behind.gateway({"iipimage:1": ("(?<lectern_parts>", "("), "iipimage:2": ("/$lectern_parts", "/$1")}) as (
        port,
        _,
    ):
        assert gets(port, _MEMBERS, member) != right


@pytest.mark.parametrize("dots", ["..", "%2e%2e", ".%2E"])
def test_th_59_trap_3_what_is_judged_by_its_first_words_is_not_what_nginx_gives(behind, member, dots):
    """Two lines close it, and each would: only what is spelt as we would is kept, and the verdict names the picture."""
    line = f"/iiif/2/members-1/{dots}/staff-1/{_SMALL}"
    staff = behind.direct("staff%2F0001.tif", _SMALL)
    assert gets(behind.port, _MEMBERS, member)
    assert not gets(behind.port, line, member)
    text = (DEPLOY.parent / "nginx" / "verdicts.conf").read_text()
    strict = next(row for row in text.splitlines() if "(?<lectern_id>" in row)
    loose = {"verdicts": (strict, '"~^/iiif/[23]/(?<lectern_id>[^/]+)/" $lectern_id;')}
    read = {
        "iipimage:1": ("[23]/[^/]+/(?<lectern_parts>", "[23]/(?<lectern_object>[a-z]+)-1/(?<lectern_parts>"),
        "iipimage:2": ("/iiif/$lectern_name/", "/iiif/$lectern_object%2F0001.tif/"),
    }
    for changes, leaks in (loose, False), (read, False), (loose | read, True):
        with behind.gateway(changes) as (port, _):
            assert gets(port, _MEMBERS, member)
            assert (gets(port, line, member) == staff) is leaks


def test_th_61_the_address_is_part_of_the_question(behind):
    """Somebody in the reading room, and the same session from elsewhere."""
    anybody = behind.cookie("guest")
    assert gets(behind.port, _ROOM, anybody)
    assert not gets(behind.port, _ROOM, anybody, source="127.0.0.2")
    with behind.gateway({"verdict": (_KEY, _KEY.replace("|$remote_addr", ""))}) as (port, _):
        assert gets(port, _ROOM, anybody)
        assert gets(port, _ROOM, anybody, source="127.0.0.2")


def test_th_59_without_the_question_there_is_no_name_and_so_no_picture(behind, member):
    """Should the one line that asks be lost, nothing is given, not even what is open."""
    with behind.gateway({"gate": ("auth_request /_lectern_verdict;", "")}) as (port, _):
        for cookie in ("", member):
            assert not gets(port, _MEMBERS, cookie)
            assert not gets(port, f"/iiif/2/open-1/{_SMALL}", cookie)


def test_th_62_a_small_version_is_never_asked_of_iipsrv(behind, member):
    """Should nginx take it for a whole picture, the verdict names none."""
    small = f"/iiif/2/members-1~small/{_SMALL}"
    ours = gets(behind.port, small)
    assert ours
    assert ours != behind.direct("members%2F0001.tif", _SMALL)
    sieve = r"(?![23]/[^/]+-[1-9][0-9]*~[A-Za-z0-9_]+(?:~~[^/]*)?/)"
    with behind.gateway({"iipimage": (sieve, "")}) as (port, _):
        assert not gets(port, small)
        assert not gets(port, small, member)


def test_th_57_who_a_reader_is_nginx_says(behind):
    """An address that a reader claims: overwritten, or the whole world is in the reading room."""
    assert not gets(behind.port, _ROOM, source="127.0.0.2", X_Forwarded_For="127.0.0.1")
    believed = {"verdict": ("X-Forwarded-For $remote_addr", "X-Forwarded-For $http_x_forwarded_for")}
    with behind.gateway(believed) as (port, _):
        assert gets(port, _ROOM, source="127.0.0.2", X_Forwarded_For="127.0.0.1")


def test_th_71_a_request_that_ends_a_process_of_iipsrv_does_not_end_the_next(behind, tmp_path):
    open_picture = f"/iiif/2/open-1/{_SMALL}"
    for changes, lives in ({}, True), ({"iipimage": ("fastcgi_next_upstream off;", "")}, False):
        with (
            iipsrv(behind.images, tmp_path / str(lives), **variables(behind.images)) as server,
            behind.gateway(changes, server) as (port, _),
        ):
            assert gets(port, open_picture)
            assert not gets(port, _DEADLY)
            assert any(gets(port, open_picture) for _ in range(4)) is lives
