import pytest

from lectern.collection_tree import load_collections, parse_collections
from lectern.errors import ConfigurationError


def parse(text: str):
    return parse_collections(text, "collections.toml")


def test_no_file_means_no_collections(tmp_path):
    assert not load_collections(tmp_path / "collections.toml").by_id


def test_a_collection_that_is_not_described_is_called_by_its_name():
    assert parse("").get("press").label == {"none": ("press",)}
    assert parse("[collections.press]\norder = 1\n").get("press").label == {"none": ("press",)}


def test_what_is_in_a_collection_is_found_at_any_depth():
    tree = parse('[collections.a]\n[collections.b]\nparent = "a"\n[collections.c]\nparent = "b"\n[collections.d]\n')
    assert tree.below("a") == {"a", "b", "c"}
    assert tree.below("nothing") == {"nothing"}
    assert tree.above(["c", "x"]) == {"a", "b", "c", "x"}
    assert [each.id for each in tree.inside("a")] == ["b"]


def test_collections_are_in_order_and_then_by_label():
    tree = parse('[collections.a]\nlabel = "z"\n[collections.b]\nlabel = "Y"\n[collections.c]\norder = -1\n')
    assert [each.id for each in tree.inside("all")] == ["c", "b", "a"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[collections.a]\nparent = "b"\n[collections.b]\nparent = "a"', "a circle, a in b in a"),
        ('[collections.a]\nparent = "a"', "a circle, a in a"),
        ('[collections.news]\n[collections.a]\nparent = "new"', "perhaps news"),
        ('[collections.a]\nparent = "b"', "write a table"),
        ("[collections.all]\n", "`all` has everything"),
        ('[collections."a/b"]\n', "no usable name"),
        ('[collections.a]\nlabels = "A"', "perhaps label"),
        ("[collections.a]\nlabel = 3", "neither a text nor texts by language"),
        ('[collections.a]\nlabel = { old_english = "A" }', "no language tag"),
        ('[collections.a]\nlabel = "<b>A</b>"', "is HTML"),
        ('[collections.a]\nsummary = "<script>x</script>"', "IIIF allows"),
        ('[collections.a]\norder = "first"', "no whole number"),
        ("[collections.a]\nparent = 1", "is no name"),
        ("[policies.a]", "unknown key"),
        ("collections = 3", "is no table"),
        ("[collections]\na = 3", "is no table"),
        ("[", "is not TOML"),
    ],
)
def test_what_is_wrong_is_told_with_a_hint(text: str, said: str):
    with pytest.raises(ConfigurationError) as caught:
        parse(text)
    assert said in str(caught.value)
    assert caught.value.remedy


def test_all_errors_are_told_at_once_and_a_circle_once():
    with pytest.raises(ConfigurationError) as caught:
        parse('[collections.a]\nparent = "b"\n[collections.b]\nparent = "a"\n[collections.c]\norder = true\nx = 1')
    assert len(caught.value.problems) == 3
