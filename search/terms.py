"""An object's own term table: its surface words in order, with counts and the commonest printed form.

Suggestions (and prefixes, wildcards and fuzzy words) are answered from it: a range of a sorted table,
in a few dozen microseconds, without asking the engine.
"""

import json
from array import array
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lectern.pack import PackFile, numbers
from search.analysis import DEFAULT, Profile
from search.tokenizing import Kind, Tokens

SEGMENTS = "segment_"  # begins the names of the sections of words that a segmenter found
_KEPT = 100  # suggestions stored for every prefix of one or two characters
_SHORT = 2


@dataclass(frozen=True, slots=True)
class Term:
    """A surface word: as it is compared, as it is mostly printed, and how often it occurs in the object."""

    term: str
    printed: str
    count: int


def term_sections(found: Tokens, profile: Profile = DEFAULT) -> dict[str, bytes]:
    """Return the sections of a pack that hold the term table, and those of the words of scripts without spaces."""
    counts = {term: len(positions) for term, positions in found.postings[Kind.SURFACE].items()}
    forms = {term: _commonest(others, term, counts[term]) for term, others in found.printed.items() if term in counts}
    segments = {term: printed.total() for term, printed in found.segments.items()}
    sections = _table(_as_searched(counts, forms, found, profile), forms)
    if segments:
        own = {term: _commonest(printed, term, 0) for term, printed in found.segments.items()}
        sections |= {SEGMENTS + name: data for name, data in _table(segments, own).items()}
    return sections


def _as_searched(counts: dict[str, int], forms: dict[str, str], found: Tokens, profile: Profile) -> dict[str, int]:
    """Return how often a search for each word finds it: as half of another, as another reading, by its stem too."""
    others = [found.postings[kind] for kind in Kind if kind is not Kind.SURFACE and kind is not Kind.STEM]
    stems = found.postings[Kind.STEM]
    searched = {}
    for term, count in counts.items():
        more = [terms[term] for terms in others if term in terms]
        more += [stems[stem] for stem in profile.stem_terms(forms.get(term, term)) if stem in stems]
        searched[term] = len(set(found.postings[Kind.SURFACE][term]).union(*more)) if more else count
    return searched


def _table(counts: dict[str, int], forms: dict[str, str]) -> dict[str, bytes]:
    ordered = sorted(counts, key=str.encode)
    encoded = [term.encode() for term in ordered]
    offsets = [0]
    for term in encoded:
        offsets.append(offsets[-1] + len(term))
    shown = {i: forms[term] for i, term in enumerate(ordered) if forms.get(term, term) != term}
    return {
        "terms": b"".join(encoded),
        "term_offsets": numbers(offsets),
        "term_counts": numbers([counts[term] for term in ordered]),
        "term_forms": json.dumps(shown).encode(),
        "short_prefixes": json.dumps(_short_prefixes(ordered, counts)).encode(),
    }


def _commonest(others: Counter[str], term: str, count: int) -> str:
    """Return the form that a term is mostly printed in; those that `others` does not count are the term itself."""
    forms = {**others, term: count - others.total()}
    return max(forms.items(), key=lambda item: (item[1], item[0]))[0]


def _short_prefixes(ordered: list[str], counts: dict[str, int]) -> dict[str, list[int]]:
    """Return, for every prefix of one or two characters, the places of its commonest terms."""
    found: dict[str, list[int]] = {}
    for index, term in enumerate(ordered):
        for length in range(1, min(_SHORT, len(term)) + 1):
            found.setdefault(term[:length], []).append(index)
    return {
        prefix: sorted(sorted(places, key=lambda i: (-counts[ordered[i]], i))[:_KEPT])
        for prefix, places in found.items()
    }


class TermTable:
    """A term table of an open pack: that of its surface words, or (SEGMENTS) of the words without spaces."""

    def __init__(self, pack: PackFile, which: str = "") -> None:
        self._terms = pack.section(f"{which}terms")
        self._offsets: Sequence[int] = pack.numbers(f"{which}term_offsets")
        self._counts: Sequence[int] = pack.numbers(f"{which}term_counts")
        self._forms: dict[str, str] = json.loads(bytes(pack.section(f"{which}term_forms")) or b"{}")
        short = json.loads(bytes(pack.section(f"{which}short_prefixes")) or b"{}")
        self._short = {prefix: array("I", places) for prefix, places in short.items()}  # an eighth of the lists' size

    def __len__(self) -> int:
        return len(self._counts)

    def _bytes(self, i: int) -> bytes:
        return bytes(self._terms[self._offsets[i] : self._offsets[i + 1]])

    def _term(self, i: int) -> Term:
        term = str(self._terms[self._offsets[i] : self._offsets[i + 1]], "utf-8")
        return Term(term, self._forms.get(str(i), term), self._counts[i])

    def _places(self, prefix: str) -> Iterator[int]:
        """Yield the places of the terms that begin with a folded prefix, in order; all of them for an empty one."""
        wanted = prefix.encode()
        i = bisect_left(range(len(self)), wanted, key=self._bytes)
        while i < len(self) and self._bytes(i).startswith(wanted):
            yield i
            i += 1

    def all_with_prefix(self, prefix: str) -> Iterator[str]:
        """Yield every term that begins with a folded prefix, in order; all of them for an empty one."""
        return (self._bytes(i).decode() for i in self._places(prefix))

    def all_with(self, piece: str, *, last: bool = False) -> Iterator[str]:
        """Yield every term that has a folded piece in it, or `last`, ends with it; in order, not for an empty one."""
        terms, wanted, offsets = bytes(self._terms), piece.encode(), self._offsets
        at = terms.find(wanted)
        while at >= 0:
            place = bisect_right(offsets, at)
            stop, end = at + len(wanted), offsets[place]
            # Terms stand one behind the other with nothing between: some of what is found is in two of them.
            if stop == end or (stop < end and not last):
                yield terms[offsets[place - 1] : end].decode()
                at = end - 1
            at = terms.find(wanted, at + 1)

    def __contains__(self, term: str) -> bool:
        return next(self.all_with_prefix(term), None) == term

    def count(self, term: str) -> int:
        """Return how often a surface word occurs, 0 if it does not."""
        place = next(self._places(term), None)
        return self._counts[place] if place is not None and self._bytes(place) == term.encode() else 0

    def lists_all(self, prefix: str) -> bool:
        """Return whether `starting_with` yields every term of a prefix, not the commonest hundred of a short one."""
        return len(prefix) > _SHORT or len(self._short.get(prefix, ())) < _KEPT

    def every_one_with(self, prefix: str) -> Iterator[Term]:
        """Yield all terms that begin with a folded prefix, in order; none for an empty one."""
        return map(self._term, self._places(prefix) if prefix else ())

    def starting_with(self, prefix: str) -> Iterator[Term]:
        """Yield the terms that begin with a folded prefix, in order; for short prefixes the commonest hundred."""
        if not prefix:
            return
        if len(prefix) <= _SHORT:
            yield from map(self._term, self._short.get(prefix, ()))
        else:
            yield from self.every_one_with(prefix)
