"""policies.toml: what it may say, every error at once, and what happens when it breaks under a running service."""

from datetime import UTC, datetime
from ipaddress import ip_network
from pathlib import Path

import pytest

from auth.policy import Substitute
from lectern.errors import ConfigurationError
from tests.policies import SAMPLE, policies_of


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "policies.toml"


def load(file: Path, text: str):
    file.write_text(text, encoding="utf-8")
    return policies_of(file)


def complaint(file: Path, text: str) -> str:
    with pytest.raises(ConfigurationError) as caught:
        load(file, text)
    return str(caught.value)


def test_without_a_file_there_is_only_open(file: Path):
    policies = policies_of(file)
    assert policies.names == {"open"}
    assert policies.get("open").everyone


def test_the_file_of_the_design_is_read(file: Path):
    policies = load(file, SAMPLE)
    room, members = policies.get("reading-room"), policies.get("members")
    assert room.patterns == {"external"}
    assert room.networks == (ip_network("10.0.0.0/8"), ip_network("2001:db8::/32"))
    assert room.substitute == Substitute(0.125, "degraded")
    assert (room.search, room.manifest, members.search) == ("boxes", "full", "none")
    assert members.roles == {"member"}
    assert members.until == datetime(2031, 1, 1, tzinfo=UTC)
    assert policies.get("open").everyone


def test_th_95_an_unknown_name_is_a_policy_that_lets_nobody_in(file: Path):
    policy = load(file, SAMPLE).get("memebrs")
    assert not policy.everyone
    assert not policy.patterns
    assert (policy.search, policy.manifest, policy.tier) == ("none", "hidden", None)


def test_texts_name_the_institution_unless_the_file_says_otherwise(file: Path):
    file.write_text('[policies.a]\npatterns = ["login"]\nheader = "Quiet please"\nlanguage = "en-GB"\n')
    texts = policies_of(file, "Harbour Library").get("a").texts
    assert texts.label == "Sign in to Harbour Library"
    assert texts.logout_label == "Sign out of Harbour Library"
    assert (texts.header, texts.confirm_label, texts.language) == ("Quiet please", "Sign in", "en-GB")


@pytest.mark.parametrize("pattern", ["login", "clickthrough"])
def test_no_text_of_an_interactive_policy_is_empty(file: Path, pattern: str):
    texts = load(file, f'[policies.a]\npatterns = ["{pattern}"]\n').get("a").texts
    assert all(getattr(texts, key) for key in texts.__dataclass_fields__)


def test_roles_left_out_and_roles_empty_are_not_the_same(file: Path):
    policies = load(file, '[policies.a]\npatterns = ["login"]\n[policies.b]\npatterns = ["login"]\nroles = []\n')
    assert policies.get("a").roles is None
    assert policies.get("b").roles == frozenset()


def test_roles_may_be_any_all_and_none_of(file: Path):
    policy = load(file, '[policies.a]\npatterns = ["login"]\nall_roles = ["x", "y"]\nnot_roles = ["z"]\n').get("a")
    assert (policy.roles, policy.all_roles, policy.not_roles) == (None, {"x", "y"}, {"z"})


def test_readers_of_several_providers_may_count(file: Path):
    file.write_text(
        '[policies.a]\npatterns = ["login"]\nprovider = "sso"\n'
        '[policies.b]\npatterns = ["login"]\nproviders = ["local", "codes", "sso"]\n'
        '[policies.c]\npatterns = ["login"]\n'
    )
    policies = policies_of(file, providers=["sso"])
    assert [policies.get(name).providers for name in "abc"] == [{"sso"}, {"local", "codes", "sso"}, {"local"}]


def test_where_settings_cannot_be_read_any_provider_will_do(file: Path):
    file.write_text('[policies.a]\npatterns = ["login"]\nprovider = "sso"\n')
    assert policies_of(file, providers=None).get("a").providers == {"sso"}


def test_dates_begin_at_midnight_utc_and_instants_keep_their_offset(file: Path):
    text = '[policies.a]\npatterns = ["login"]\nfrom = 2028-02-29\nuntil = 2028-03-01T01:00:00+01:00\n'
    policy = load(file, text).get("a")
    assert policy.since == datetime(2028, 2, 29, tzinfo=UTC)
    assert policy.until == datetime(2028, 3, 1, tzinfo=UTC)


def test_allow_nobody_is_a_policy(file: Path):
    policy = load(file, '[policies.gone]\nallow = "nobody"\nmanifest = "hidden"\n').get("gone")
    assert not policy.everyone
    assert policy.manifest == "hidden"


@pytest.mark.parametrize(
    ("text", "where", "hint"),
    [
        ('[policies.a]\nallow = "all"\n', "policies.a.allow", "everyone"),
        ('[policies.a]\npatterns = ["logn"]\n', "policies.a.patterns", "clickthrough"),
        ('[policies.a]\npatterns = "login"\n', "policies.a.patterns", "some of"),
        ("[policies.a]\npatterns = [1]\n", "policies.a.patterns", "some of"),
        ("[policies.a]\n", "policies.a.patterns", "allow"),
        ("[policies.a]\npatterns = []\n", "policies.a.patterns", "nobody"),
        ('[policies.a]\npatterns = ["login"]\nrole = ["x"]\n', "policies.a.role", "roles"),
        ('[policies.a]\npatterns = ["login"]\nroles = ["a b"]\n', "policies.a.roles", "letters"),
        ('[policies.a]\npatterns = ["login"]\nprovider = "s o"\n', "policies.a.provider", "providers.NAME"),
        ('[policies.a]\npatterns = ["login"]\nprovider = "sso"\n', "policies.a.provider", "[providers.NAME]"),
        ('[policies.a]\npatterns = ["login"]\nprovider = 1\n', "policies.a.provider", "[providers.NAME]"),
        ('[policies.a]\npatterns = ["login"]\nproviders = "local"\n', "policies.a.providers", "list"),
        ('[policies.a]\npatterns = ["login"]\nproviders = []\n', "policies.a.providers", "at least one"),
        ('[policies.a]\npatterns = ["login"]\nproviders = ["local", "x"]\n', "policies.a.providers", "lectern.toml"),
        (
            '[policies.a]\npatterns = ["login"]\nprovider = "local"\nproviders = ["codes"]\n',
            "policies.a.providers",
            "one of the two",
        ),
        ('[policies.a]\npatterns = ["login"]\nall_roles = ["a b"]\n', "policies.a.all_roles", "letters"),
        ('[policies.a]\npatterns = ["login"]\nnot_roles = "x"\n', "policies.a.not_roles", "list"),
        ('[policies.a]\npatterns = ["login"]\nnot_roles = []\n', "policies.a.not_roles", "leave it out"),
        ('[policies.a]\npatterns = ["kiosk"]\nnot_roles = ["x"]\n', "policies.a.patterns", "login"),
        ('[policies.a]\npatterns = ["clickthrough"]\nroles = ["x"]\n', "policies.a.patterns", "login"),
        ('[policies.a]\npatterns = ["external"]\n', "policies.a.networks", "networks"),
        ('[policies.a]\npatterns = ["login"]\nnetworks = ["10.0.0.0/8"]\n', "policies.a.networks", "external"),
        ('[policies.a]\npatterns = ["external"]\nnetworks = ["10.0.0.1/8"]\n', "policies.a.networks", "10.0.0.0/8"),
        ('[policies.a]\npatterns = ["external"]\nnetworks = ["010.0.0.1"]\n', "policies.a.networks", "network"),
        *(
            (
                f'[policies.a]\npatterns = ["external"]\nnetworks = ["10.0.0.0/8", "{form}"]\n',
                "policies.a.networks",
                "like",
            )
            for form in ("", " ", "167772161", "0x0a.0.0.1", "10.1", "10.0.0.0/33", "10.0.0.0/-1", " 10.0.0.0/8", "a.b")
        ),
        ('[policies.a]\npatterns = ["kiosk"]\nnetworks = ["fe80::1%eth0/64"]\n', "policies.a.networks", "like"),
        ('[policies.a]\npatterns = ["kiosk"]\nnetworks = [10]\n', "policies.a.networks", "list such as"),
        ('[policies.a]\npatterns = ["kiosk"]\nnetworks = []\n', "policies.a.networks", "missing"),
        ('[policies.a]\npatterns = ["external"]\nnetworks = ["::ffff:10.0.0.0/104"]\n', "policies.a.networks", "IPv4"),
        ('[policies.a]\npatterns = ["login"]\nsubstitute = { max_scale = 1.5 }\n', "max_scale", "0.125"),
        ('[policies.a]\npatterns = ["login"]\nsubstitute = { max_scale = true }\n', "max_scale", "0.125"),
        (
            '[policies.a]\npatterns = ["login"]\nsubstitute = { watermark = "a" }\n',
            "substitute.max_scale: is missing",
            "0.125",
        ),
        ('[policies.a]\npatterns = ["login"]\nsubstitute = { scale = 0.5 }\n', "substitute.scale", "max_scale"),
        ('[policies.a]\npatterns = ["login"]\nsubstitute = { max_scale = 0.5, tier = "full" }\n', "tier", "full"),
        ('[policies.a]\npatterns = ["login"]\nsubstitute = { max_scale = 0.5, tier = "a b" }\n', "tier", "letters"),
        ('[policies.a]\npatterns = ["login"]\nsearch = "snippets"\n', "policies.a.search", "boxes"),
        ('[policies.a]\npatterns = ["login"]\nmanifest = 3\n', "policies.a.manifest", "hidden"),
        ('[policies.a]\npatterns = ["login"]\nuntil = "2031"\n', "policies.a.until", "2031-01-01"),
        ('[policies.a]\npatterns = ["login"]\nuntil = 2031-01-01T00:00:00\n', "policies.a.until", "Z"),
        ('[policies.a]\npatterns = ["login"]\nfrom = 2031-01-01\nuntil = 2031-01-01\n', "policies.a.until", "from"),
        ('[policies.a]\npatterns = ["login"]\nheader = "<b>Hi</b>"\n', "policies.a.header", "markup"),
        ('[policies.a]\npatterns = ["login"]\nheader = "a\\u0007"\n', "policies.a.header", "control"),
        ('[policies.a]\npatterns = ["login"]\nlabel = " "\n', "policies.a.label", "leave it out"),
        ('[policies.a]\npatterns = ["login"]\nlanguage = "e n"\n', "policies.a.language", "en"),
        ('[policies.a]\nallow = "everyone"\nsearch = "none"\n', "policies.a.search", "take one"),
        ('[policies.a]\nallow = "nobody"\npatterns = ["login"]\n', "policies.a.patterns", "take one"),
        ('[policies.open]\nallow = "nobody"\n', "policies.open", "another name"),
        ('[policies."a b"]\nallow = "everyone"\n', "policies.a b", "hyphen"),
        ("[policies]\na = 1\n", "policies.a", "[policies.a]"),
        ("policies = 1\n", "policies", "[policies.NAME]"),
        ("[policy.a]\n", "policy", "[objects.ID]"),
    ],
)
def test_th_99_an_error_names_its_place_and_a_remedy(file: Path, text: str, where: str, hint: str):
    message = complaint(file, text)
    assert where in message
    assert hint in message
    assert "lectern policy check" in message


def test_all_errors_of_a_file_are_told_at_once(file: Path):
    message = complaint(file, '[policies.a]\npatterns = ["x"]\nsearch = "y"\nz = 1\n[policies.b]\nuntil = 1\n')
    assert "5 errors" in message or "6 errors" in message
    for part in ("policies.a.patterns", "policies.a.search", "policies.a.z", "policies.b.until"):
        assert part in message


@pytest.mark.parametrize("content", [b"[policies.a\n", b"\xff\xfe", b"[policies.a]\n[policies.a]\n"])
def test_a_file_that_is_no_toml_is_refused(file: Path, content: bytes):
    file.write_bytes(content)
    with pytest.raises(ConfigurationError, match=r"policies\.toml"):
        policies_of(file)


def test_the_version_follows_the_content_only(file: Path):
    first = load(file, SAMPLE).version
    assert load(file, SAMPLE + "\n# a remark\n").version == first
    assert load(file, SAMPLE.replace('"member"', '"fellow"')).version != first
    assert load(file, '[policies.a]\npatterns = ["login"]\nroles = ["x", "y"]\n').version == (
        load(file, '[policies.a]\npatterns = ["login"]\nroles = ["y", "x"]\n').version
    )


def test_th_54_a_network_of_all_addresses_is_warned_of(file: Path, capfd: pytest.CaptureFixture[str]):
    load(file, '[policies.a]\npatterns = ["external"]\nnetworks = ["0.0.0.0/0"]\n')
    assert "every address" in "".join(capfd.readouterr())


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('pattern = ["login"]\nroles = ["a"]', "policies.a.pattern: unknown key (perhaps patterns)"),
        ('patterns = ["logn"]\nroles = ["a"]', "policies.a.patterns: 'logn' is unknown"),
        ('alow = "everyone"', "policies.a.alow: unknown key (perhaps allow)"),
        ('allow = "everyon"\nsearch = "open"', "policies.a.allow: 'everyon' is unknown"),
        ('patterns = ["external"]\nnetwork = ["10.0.0.0/8"]', "policies.a.network: unknown key (perhaps networks)"),
    ],
)
def test_a_slip_of_the_pen_is_one_error(file: Path, text: str, told: str):
    file.write_text("[policies.a]\n" + text)
    with pytest.raises(ConfigurationError) as caught:
        policies_of(file)
    (problem,) = caught.value.problems
    assert told in problem


def test_th_69_a_substitute_may_have_a_text_over_it(file: Path):
    room = '[policies.room]\nallow = "nobody"\nsubstitute = { max_scale = 0.25, watermark = " Reading room " }\n'
    plain, marked = load(file, room.replace(', watermark = " Reading room "', "")), load(file, room)
    assert marked.get("room").substitute == Substitute(0.25, "degraded", "Reading room")
    assert marked.version != plain.version


@pytest.mark.parametrize("text", ["true", "7", '""', '"   "', '"two\\nlines"', '"a\\u0000b"', f'"{"x" * 65}"', '["a"]'])
def test_th_69_a_watermark_that_cannot_be_drawn_is_an_error_and_not_left_out(file: Path, text: str):
    with pytest.raises(ConfigurationError, match=r"substitute\.watermark.* leave it out for none"):
        load(file, f'[policies.room]\nallow = "nobody"\nsubstitute = {{ max_scale = 0.25, watermark = {text} }}\n')
