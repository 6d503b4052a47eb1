"""A path in the public URL cannot begin like a path of ours: nobody could tell which is meant."""

from pathlib import Path

import pytest

from lectern.base_url import OWN_PATHS, canonical_base, path_of
from lectern.settings import Settings
from services.app import create_app
from services.context import Context


def test_every_first_segment_of_our_own_paths_is_refused(tmp_path: Path):
    app = create_app(Context(Settings(home=tmp_path)))
    ours = {rule.rule.split("/")[1] for rule in app.url_map.iter_rules()} - {""}
    assert ours <= OWN_PATHS


@pytest.mark.parametrize("first", sorted(OWN_PATHS))
def test_the_refusal_names_the_path_and_another(first):
    with pytest.raises(ValueError, match=f"begins with /{first}, as Lectern's own paths do; choose another"):
        canonical_base(f"https://example.org/{first}/books")


def test_one_spelling_is_kept():
    spelled = canonical_base("https://Example.org:443/books/")
    assert canonical_base(spelled) == spelled == "https://example.org/books"
    assert path_of(spelled) == "/books"
    assert path_of("https://example.org") == ""
