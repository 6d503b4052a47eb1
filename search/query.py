"""The query language: what a reader types, read into a tree of our own (DESIGN sections 1 and 3).

    harbour light        both words on one page
    "harbour light"      the words in a row;  "harbour light"~5  near one another
    harbour OR haven     either;  ( ) groups
    harbour -light       pages without the second
    harb*  h?rbour       words that begin, that fit;  harbour~  harbour~2  misspelt words
    =Harbour  ="The Sea" just these letters as they are printed: case, marks, long s

A query that is not well-formed (a lone quote or bracket, an OR without its partner, nothing but exclusions), and one
with more operators than a reader has a use for, is read as plain words. Nothing of the text reaches an engine but
folded terms.
"""

from dataclasses import dataclass

import regex

from search.analysis import Profile, Token
from search.folding import as_printed, strip_outer, with_gershayim
from search.syntax import And, Exact, Near, Node, Nothing, Or, Pattern, Sequence, Shape, loose

_LEXEME = regex.compile(
    r"(?P<minus>(?<!\S|[(])-(?=[^\s\-])|(?<=[(])-(?=[^\s\-])|^-(?=[^\s\-]))?(?P<exact>(?<![^\s(-])=(?=[^\s=()]))?"
    r'(?:"(?P<quoted>[^"]*)"(?:~(?P<near>\d{1,3})(?![^\s)]))?'
    r'|(?P<open>\()|(?P<close>\))|(?P<plain>[^\s"()]+)|(?P<lone>"))'
)
_QUOTES = str.maketrans({"“": '"', "”": '"', "„": '"', "‟": '"', "«": '"', "»": '"', "＂": '"'})
_FUZZY = regex.compile(r"(?P<word>[^~*?]+)~(?P<distance>[12]?)")
_INNER_MARK = regex.compile(r"(\?(?=[\p{L}\p{N}*])|\*)")
_MOST_JOINED = 3  # words of a phrase that may stand as one printed word
_MOST_ELEMENTS = 200
_MOST_NEAR = 20  # words that are looked for near one another
_FUZZY_LETTERS = range(3, 65)  # anything is two edits away from a shorter word; a longer one takes seconds (TH-83)
_MOST_OPERATORS = 64  # OR, brackets, exclusions and exact pieces of one query
_MOST_LOOSE = 20  # patterns, and words near one another, of one query


@dataclass(frozen=True, slots=True)
class _Lexeme:
    """A piece of a query: a bracket, OR, or something to look for."""

    kind: str  # "(", ")", "or", "quoted" or "plain"
    text: str = ""
    excluded: bool = False
    near: int | None = None
    exact: bool = False


class _NotWellFormed(Exception):
    """The operators make no sense together, or there are too many of them."""


def parse(text: str, profile: Profile) -> Node:
    """Return the tree of a query under the profile that its object was indexed with; never raises."""
    try:
        lexemes = _lexemes(_straight(text))
        tree = _Parser(lexemes, profile).parse()
        if loose(tree) > _MOST_LOOSE:
            raise _NotWellFormed
        return tree
    except (_NotWellFormed, RecursionError):
        return _plain_words(text, profile)


def _straight(text: str) -> str:
    """Return a query with one kind of quotation mark; one inside a Hebrew word is none (CS1-10)."""
    return with_gershayim(text).translate(_QUOTES)


def _lexemes(text: str) -> list[_Lexeme]:
    found = []
    for match in _LEXEME.finditer(text):
        excluded, exact = match["minus"] is not None, match["exact"] is not None
        if match["lone"]:
            raise _NotWellFormed
        if match["open"]:
            found.append(_Lexeme("(", excluded=excluded))
        elif match["close"]:
            found.append(_Lexeme(")"))
        elif match["quoted"] is not None:
            near = int(match["near"]) if match["near"] else None
            found.append(_Lexeme("quoted", match["quoted"], excluded, near, exact))
        elif match["plain"] == "OR" and not exact:
            found.append(_Lexeme("or"))
        else:
            found.append(_Lexeme("plain", match["plain"], excluded, exact=exact))
    if sum((lexeme.kind in {"(", "or"}) + lexeme.excluded + lexeme.exact for lexeme in found) > _MOST_OPERATORS:
        raise _NotWellFormed
    return found


def _plain_words(text: str, profile: Profile) -> Node:
    """Return the words of a query that is not well-formed, all of them asked for; whole quotes stay phrases.

    An OR that joins nothing is an operator all the same, unless nothing else is asked for.
    """
    pieces = [match.groups("") for match in regex.finditer(r'"([^"]*)"|([^\s"]+)', _straight(text))]
    said = [(quoted, plain) for quoted, plain in pieces if plain.strip("()") != "OR"] or pieces
    children = [_words(quoted or plain, profile) for quoted, plain in said]
    return _conjunction([child for child in children if child is not None], [])


class _Parser:
    """Reads lexemes by descent: alternatives of conjunctions of pieces."""

    def __init__(self, lexemes: list[_Lexeme], profile: Profile) -> None:
        self._lexemes = lexemes
        self._profile = profile
        self._at = 0

    def parse(self) -> Node:
        """Return the tree of all lexemes."""
        node = self._alternatives()
        if self._at < len(self._lexemes):
            raise _NotWellFormed  # a closing bracket without its opening one
        return node

    def _next_is(self, *kinds: str) -> bool:
        return self._at < len(self._lexemes) and self._lexemes[self._at].kind in kinds

    def _alternatives(self) -> Node:
        found = [self._all_of()]
        while self._next_is("or"):
            self._at += 1
            found.append(self._all_of())
        if len(found) == 1:
            return found[0]
        if any(isinstance(node, Nothing) for node in found):
            raise _NotWellFormed
        return Or(tuple(dict.fromkeys(found)))

    def _all_of(self) -> Node:
        wanted: list[Node] = []
        without: list[Node] = []
        while self._next_is("(", "quoted", "plain"):
            lexeme = self._lexemes[self._at]
            self._at += 1
            node = self._group() if lexeme.kind == "(" else _piece(lexeme, self._profile)
            if node is not None:
                (without if lexeme.excluded else wanted).append(node)
        if without and not wanted:
            raise _NotWellFormed
        return _conjunction(wanted, without)

    def _group(self) -> Node | None:
        node = self._alternatives()
        if not self._next_is(")"):
            raise _NotWellFormed
        self._at += 1
        return None if isinstance(node, Nothing) else node


def _conjunction(wanted: list[Node], without: list[Node]) -> Node:
    """Return all of these together; saying a thing twice asks for no more than saying it once."""
    wanted, without = list(dict.fromkeys(wanted)), list(dict.fromkeys(without))
    if not wanted:
        return Nothing()
    return wanted[0] if len(wanted) == 1 and not without else And(tuple(wanted), tuple(without))


def _piece(lexeme: _Lexeme, profile: Profile) -> Node | None:
    """Return what one piece looks for, None for mere punctuation."""
    read = _exactly if lexeme.exact else _words
    if lexeme.near is not None:
        words = [word for text in lexeme.text.split() if (word := read(text, profile)) is not None][:_MOST_NEAR]
        return Near(tuple(words), lexeme.near) if len(words) > 1 else read(lexeme.text, profile)
    if lexeme.kind == "plain" and not lexeme.exact:
        pattern = _pattern(lexeme.text, profile)
        if pattern is not None:
            return pattern
    return read(lexeme.text, profile)


def _pattern(text: str, profile: Profile) -> Pattern | None:
    """Return the pattern that a piece is, None if it is a plain word. A `?` at the end is punctuation."""
    fuzzy = _FUZZY.fullmatch(text)
    if fuzzy:
        word = profile.fold(strip_outer(fuzzy["word"]))
        long_enough = len(word) in _FUZZY_LETTERS and len(profile.tokens(fuzzy["word"])) == 1
        return Pattern(Shape.FUZZY, word, int(fuzzy["distance"] or 1)) if long_enough else None
    if not _INNER_MARK.search(text) or len(profile.tokens(text.replace("*", "").replace("?", ""))) != 1:
        return None
    folded = _folded_around_marks(text, profile)
    if folded.endswith("*") and not set("*?") & set(folded[:-1]):
        return Pattern(Shape.PREFIX, folded[:-1])
    return Pattern(Shape.WILDCARD, folded)


def _folded_around_marks(text: str, profile: Profile) -> str:
    """Return a wildcard with its words folded and the punctuation around it gone."""
    pieces = _INNER_MARK.split(text)
    marks = [i for i, piece in enumerate(pieces) if piece in ("*", "?")]
    for i, piece in enumerate(pieces):
        if i in marks:
            continue
        if i == 0:
            piece = regex.sub(r"^[^\p{L}\p{N}\p{M}]+", "", piece)  # noqa: PLW2901
        if i == len(pieces) - 1:
            piece = regex.sub(r"[^\p{L}\p{N}\p{M}]+$", "", piece)  # noqa: PLW2901
        pieces[i] = profile.fold(piece)
    return str(regex.sub(r"\*+", "*", "".join(pieces)))


def _tokens(text: str, profile: Profile) -> list[Token]:
    return [token for word in text.split() for token in profile.tokens(word)]


def _words(text: str, profile: Profile) -> Sequence | None:
    """Return words in a row, None if there is not one letter or digit."""
    found = _tokens(text, profile)
    return _sequence(found[:_MOST_ELEMENTS], profile, cut=len(found) > _MOST_ELEMENTS) if found else None


def _exactly(text: str, profile: Profile) -> Exact | None:
    """Return words in a row as they are to be printed, None if there is not one letter or digit."""
    every = _tokens(text, profile)
    found = every[:_MOST_ELEMENTS]
    edges = tuple((i, i + 1, frozenset({token.surface})) for i, token in enumerate(found))
    folded = Sequence(len(found), edges, len(every) > len(found))
    return Exact(tuple(as_printed(token.printed) for token in found), folded) if found else None


def _sequence(found: list[Token], profile: Profile, *, cut: bool) -> Sequence:
    """Return the lattice of tokens in a row; `cut` says that there were more."""
    edges: dict[tuple[int, int], set[str]] = {}
    elements: list[str] = []
    for token in found:
        start = len(elements)
        elements += token.elements
        whole = edges.setdefault((start, len(elements)), set())
        whole |= {token.surface, *profile.stem_terms(token.whole)}
        if token.closed:
            whole.add(token.closed)
        for i, printed in enumerate(token.printed_elements, start):
            edges.setdefault((i, i + 1), set()).update(profile.stem_terms(printed) if token.parts_are_words else ())
    for i, element in enumerate(elements):
        edges.setdefault((i, i + 1), set()).add(element)
        for j in range(i + 2, min(i + _MOST_JOINED, len(elements)) + 1):
            edges.setdefault((i, j), set()).add("".join(elements[i:j]))
    return Sequence(len(elements), tuple((i, j, frozenset(terms)) for (i, j), terms in sorted(edges.items())), cut)
