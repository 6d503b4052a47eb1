"""Sources of pictures in the settings: what may stand there, and what is told of what may not."""

from pathlib import Path

import pytest

from lectern.errors import ConfigurationError
from lectern.picture_sources import HttpSource, Reference, S3Source, is_key, parse_reference
from lectern.settings import load_settings
from services.secrecy import open_settings, weak_secrets


def problems(home: Path, toml: str) -> list[str]:
    (home / "lectern.toml").write_text(toml)
    with pytest.raises(ConfigurationError) as caught:
        load_settings(home)
    return list(caught.value.problems)


def test_sources_are_read_with_their_secrets_from_files(tmp_path: Path):
    (tmp_path / "store.secret").write_text("from the file\n")
    (tmp_path / "lectern.toml").write_text(
        """
[sources.store]
kind = "s3"
endpoint = "https://s3.example.org/"
bucket = "scans"
prefix = "masters/"
access_key = "AKIA"
secret_file = "store.secret"
[sources.web]
kind = "http"
base = "https://files.example.org/books"
header = "Authorization"
"""
    )
    sources = load_settings(tmp_path).sources
    store, web = sources["store"], sources["web"]
    assert isinstance(store, S3Source)
    assert isinstance(web, HttpSource)
    assert (store.address, store.secret.get_secret_value()) == ("https://s3.example.org/scans", "from the file")
    assert web.address == "https://files.example.org/books/"
    assert "from the file" not in repr(store)


def test_a_bucket_has_an_address_of_either_style():
    amazon = S3Source(kind="s3", bucket="scans", region="eu-central-1")
    assert amazon.address == "https://s3.eu-central-1.amazonaws.com/scans"
    other = S3Source(kind="s3", bucket="scans", endpoint="http://10.0.0.7:9000", path_style=False)
    assert other.address == "http://scans.10.0.0.7:9000"


@pytest.mark.parametrize(
    ("toml", "said"),
    [
        ('[sources.a]\nkind = "ftp"', "sources.a: no kind of source: `s3` or `http`."),
        ("[sources.a]\nbucket = 'b'", "sources.a: no kind of source: `s3` or `http`."),
        ('[sources.a]\nkind = "s3"', "sources.a.bucket: Field required."),
        ('[sources.a]\nkind = "s3"\nbucket = "bbb"\nendpont = "x"', "perhaps `endpoint` is meant"),
        ('[sources."a b"]\nkind = "s3"\nbucket = "bbb"', "cannot name a source"),
        ('[sources.a]\nkind = "http"\nbase = "http://u:p@example.org/"', "without a user name"),
        ('[sources.a]\nkind = "http"\nbase = "file:///etc/"', "must be like https://storage.example.org"),
        ('[sources.a]\nkind = "http"\nbase = "http://example.org/?x="', "without a user name, a query"),
        ('[sources.a]\nkind = "http"\nbase = "http://e.org/"\nheader = "Cookie\\r\\nX"', "sources.a.header"),
    ],
)
def test_what_is_wrong_with_a_source_is_told(tmp_path: Path, toml: str, said: str):
    assert any(said in problem for problem in problems(tmp_path, toml))


def test_th_102_secrets_of_sources_are_guarded_as_all_others(tmp_path: Path):
    toml = tmp_path / "lectern.toml"
    toml.write_text('[sources.a]\nkind = "s3"\nbucket = "bbb"\naccess_key = "k"\nsecret = "in the open"')
    toml.chmod(0o644)
    assert [detail for detail, _ in open_settings(load_settings(tmp_path)) if "lectern.toml" in detail]
    (tmp_path / "empty").touch(0o600)
    toml.write_text('[sources.a]\nkind = "s3"\nbucket = "bbb"\naccess_key = "k"\nsecret_file = "empty"')
    assert any("sources.a.secret: its file" in detail for detail, _ in weak_secrets(load_settings(tmp_path)))


@pytest.mark.parametrize(
    "text", [None, "", "ab/book/0123.tif", "web:", ":x", "a b:x", "w:a\nb", "w:a\x00", "w:" + "k" * 1025]
)
def test_what_is_no_reference_is_a_file_of_the_home(text: str | None):
    assert parse_reference(text) is None


def test_a_reference_is_read_as_it_is_written():
    reference = Reference("web", "vol 7/ü:1.jpg")
    assert parse_reference(str(reference)) == reference


@pytest.mark.parametrize(
    ("key", "s3", "http"), [("a/b.jpg", True, True), ("a//b", True, False), ("a?b#c", True, False)]
)
def test_keys_are_what_each_kind_of_source_can_be_asked_for(key: str, s3: bool, http: bool):
    assert (is_key(key, "s3"), is_key(key, "http")) == (s3, http)


@pytest.mark.parametrize("key", ["..", "../a", "a/../b", "%2e%2e/a", "a/%2E%2E/b", "a\nb", ""])
def test_no_key_leads_up(key: str):
    assert not is_key(key, "s3")
    assert not is_key(key, "http")
