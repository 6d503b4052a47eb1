from search.answer import Answer, Cursor
from search.findings import Subject
from search.searching import Page, find
from search.searching import suggest as suggest_in
from tests.search.books import book, open_book


def _find(handle, q, **page):
    return find([Subject("book", handle)], q, Page(**page))


def suggest(handle, text, minimum=1, readable=None):
    return suggest_in([Subject("book", handle, readable)], text, minimum).terms


def _texts(answer: Answer):
    return [(a.n, a.text, a.box) for a in answer.annotations]


def test_an_annotation_is_the_hits_own_words_on_one_line_with_their_box(handle):
    assert _texts(_find(handle, "quick")) == [(1, "quick", (40, 0, 50, 20))]


def test_a_phrase_over_a_line_end_is_one_hit_with_two_annotations(handle):
    answer = _find(handle, '"brown fox"')
    assert _texts(answer) == [(1, "brown", (100, 0, 50, 20)), (1, "fox", (0, 30, 30, 20))]
    (hit,) = answer.hits
    assert (hit.match, hit.annotations) == ("brown fox", (0, 1))
    assert (answer.total_hits, answer.total_annotations) == (1, 2)


def test_punctuation_between_two_lit_words_of_a_line_is_lit_with_them(tmp_path):
    answer = _find(open_book(tmp_path, book(["one — two three"])), '"one two"')
    assert _texts(answer) == [(1, "one — two", (0, 0, 90, 20))]


def test_before_and_after_are_whole_words_with_the_blank_that_parts_them(handle):
    (hit,) = _find(handle, "lazy").hits
    assert (hit.before, hit.match, hit.after) == ("The quick brown fox jumps over the ", "lazy", " dog,")


def test_context_fills_over_line_ends_and_stops_at_the_page(handle):
    (hit,) = _find(handle, '"a government"').hits
    assert (hit.before, hit.match, hit.after) == ("", "a gov-ernment", " of l’homme — well-known fox")


def test_context_joins_halves_as_printed(handle):
    (hit,) = _find(handle, "of").hits
    assert hit.before == "a gov-ernment "


def test_a_half_alone_is_followed_by_the_other_without_a_blank(handle):
    (hit,) = _find(handle, "gov").hits
    assert (hit.match, hit.after) == ("gov-", "ernment of l’homme — well-known fox")


def test_context_is_never_cut_in_a_word_and_not_over_ninety_characters(tmp_path):
    words = " ".join(f"word{i}" for i in range(60))
    answer = _find(open_book(tmp_path, book([words])), "word30")
    (hit,) = answer.hits
    assert len(hit.before) <= 90
    assert len(hit.after) <= 90
    assert hit.before.split()[-1] == "word29"
    assert hit.before.split()[0] in words.split()
    assert hit.after.split()[-1] in words.split()


def test_hits_that_light_the_same_words_share_their_annotation(tmp_path):
    handle = open_book(tmp_path, book(["one two one two"]))
    answer = _find(handle, 'one "one two"')
    assert answer.total_hits == len(answer.hits) == 4
    assert answer.total_annotations == len(answer.annotations) == 4
    assert len({(a.n, a.key) for a in answer.annotations}) == 4


def test_a_share_of_a_word_has_its_share_of_the_box(tmp_path):
    answer = _find(open_book(tmp_path, book(["東京都庁"])), "京都")
    assert _texts(answer) == [(1, "京都", (10, 0, 20, 20))]
    (hit,) = answer.hits
    assert (hit.before, hit.after) == ("東", "庁")


def test_pages_follow_one_another_and_hold_every_hit_once(tmp_path):
    handle = open_book(tmp_path, book(*[["fox fox"] for _ in range(7)]))
    begin: Cursor | None = Cursor("book", 1)
    previous: Cursor | None = None
    seen, index = [], 0
    while begin is not None:
        answer = _find(handle, "fox", begin=begin, size=3)
        assert (answer.total_hits, answer.start_index, answer.previous, answer.last) == (
            14,
            index,
            previous,
            ("book", 7),
        )
        seen += [(a.n, a.key) for a in answer.annotations]
        index += len(answer.annotations)
        previous, begin = begin, answer.following
    assert len(seen) == len(set(seen)) == 14


def test_no_query_is_every_line(handle):
    answer = _find(handle, None)
    assert [a.text for a in answer.annotations][:2] == ["The quick brown", "fox jumps over the lazy dog,"]
    assert answer.hits is None
    assert answer.total_hits == answer.total_annotations == 8
    assert _find(handle, "  ") == answer


def test_nothing_found_is_an_empty_answer(handle):
    assert _find(handle, "zeppelin") == Answer()


def test_suggestions_are_printed_forms_with_counts_in_alphabetical_order(handle):
    assert [(t.printed, t.count) for t in suggest(handle, "fo")] == [("fox", 2), ("foxes", 1)]
    assert [(t.printed, t.count) for t in suggest(handle, "TH")] == [("The", 3)]


def test_suggestions_show_no_halves_and_know_joined_words_and_parts(handle):
    assert [t.printed for t in suggest(handle, "gov")] == ["government"]
    assert [t.printed for t in suggest(handle, "ern")] == []
    assert [t.printed for t in suggest(handle, "hom")] == ["homme"]


def test_cs1_51_a_blank_does_not_split_the_text_to_complete(handle):
    assert suggest(handle, "quick fo") == []


def test_cs1_53_rare_words_are_left_out_on_request(handle):
    assert [t.printed for t in suggest(handle, "f", minimum=2)] == ["fox"]


def test_th_81_suggestions_count_readable_pages_only(handle):
    assert [(t.printed, t.count) for t in suggest(handle, "fo", readable=lambda page: page == 2)] == [("foxes", 1)]


def test_at_most_twenty_the_commonest_are_suggested(tmp_path):
    words = [f"ab{i:03d}" for i in range(40)] + ["ab030"] * 3
    found = suggest(open_book(tmp_path, book([" ".join(words)])), "ab")
    assert len(found) == 20
    assert ("ab030", 4) in [(t.term, t.count) for t in found]


def test_an_object_without_a_word_answers_like_any_other(tmp_path):
    handle = open_book(tmp_path, book([], ["— •"]))
    assert _find(handle, "fox") == Answer()
    assert suggest(handle, "f") == []
    assert [a.text for a in _find(handle, None).annotations] == ["— •"]


def test_suggestions_of_several_books_have_the_counts_of_all_of_them(tmp_path):
    rare = " ".join(["haven"] + [f"h{i:03} h{i:03}" for i in range(150)])
    books = [
        open_book(tmp_path / str(n), book([text])) for n, text in enumerate((rare, "haven haven haven", "hat harbour"))
    ]
    found = suggest_in([Subject(str(n), handle) for n, handle in enumerate(books)], "h").terms
    assert {term.term: term.count for term in found}["haven"] == 4, "also where it is not among the commonest 100"


def test_suggestions_of_some_pages_know_words_that_are_rare_in_the_book(tmp_path):
    common = " ".join(f"h{i:03} h{i:03}" for i in range(150))
    handle = open_book(tmp_path, book([common], ["haven"]))
    assert [(term.term, term.count) for term in suggest(handle, "h", readable=lambda page: page == 1)] == [("haven", 1)]
