"""What tests/search/test_beside.py tells of Whoosh, told of a cluster; not what it tells of files."""

from tests.search import test_beside

BORROWED = ("tests.search.test_beside",)
_OF_FILES = {
    "test_a_pack_is_built_anew_with_its_annotations",
    "test_an_index_of_annotations_under_another_key_is_made_anew",
}
globals().update({name: each for name, each in vars(test_beside).items() if name[0] != "_" and name not in _OF_FILES})
