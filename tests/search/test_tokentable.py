def test_tokens_map_to_words_by_arithmetic(handle):
    table = handle.tokens
    assert [table.word(t) for t in range(11)] == [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]
    assert [table.word(t) for t in range(11, 15)] == [12, 13, 15, 16]  # 11 is a second half, 14 a dash
    assert [table.word(t) for t in range(15, 20)] == [17, 19, 20, 21, 22]


def test_only_hyphenated_tokens_have_a_second_half(handle):
    assert {t: handle.tokens.second_half(t) for t in (9, 10, 11, 15)} == {9: None, 10: 11, 11: None, 15: 18}


def test_words_know_their_line_and_page(handle):
    table = handle.tokens
    assert table.lines == 8
    assert [table.line(w) for w in (0, 2, 3, 8, 9, 10, 11, 22)] == [0, 0, 1, 1, 2, 2, 3, 7]
    assert table.line_range(1) == (3, 8)
    assert [table.page_of_word(w) for w in (0, 8, 9, 16, 17, 22)] == [0, 0, 1, 1, 2, 2]
    assert [table.page_of_token(t) for t in (0, 8, 9, 14, 15)] == [0, 0, 1, 1, 2]


def test_first_halves_are_known_as_words(handle):
    assert handle.tokens.first_halves == {10, 17}


def test_the_pack_knows_its_pages(handle):
    assert handle.pages == handle.tokens.pages == 3
