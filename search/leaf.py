"""A page as searches show it: its words decoded, where they are in the object, and how they run on."""

from functools import cached_property

from lectern.wordblock import PageWords
from search.surrounding import Words
from search.tokentable import TokenTable


class Leaf:
    """A page (from 0) with its words, which count from `begin` to `end` (exclusive) over the object."""

    def __init__(self, page: int, words: PageWords, table: TokenTable) -> None:
        self.page = page
        self.words = words
        self._table = table
        self.begin, self.end = table.page_words[page : page + 2]

    def __len__(self) -> int:
        return len(self.words)

    @cached_property
    def around(self) -> Words:
        """Return the words as they run on."""
        return Words(self.words.texts, self.begin, self._table.first_halves)
