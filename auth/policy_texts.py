"""What viewers and our own pages say of a policy, language by language: the operator's texts, else our own (AU1-06)."""

from dataclasses import dataclass, fields, replace

from auth.policy import Pattern, Policy, Texts
from auth.policy_problems import Values
from auth.wording import ENGLISH, Words

LONGEST = 4000
TEXT_KEYS = frozenset(field.name for field in fields(Texts)) - {"language"}
LANGUAGE_HINT = 'write a language tag like "en" or "de-AT"'

Written = dict[str, dict[str, str]]  # language -> key -> text


@dataclass(frozen=True, slots=True)
class Filled:
    """The texts of a policy as `Policy` holds them."""

    texts: Texts
    translations: tuple[Texts, ...]
    borrowed: frozenset[str]


def read_texts(values: Values) -> dict[str, str]:
    """Return the texts of a table by key; what is no plain text is noted (TH-23)."""
    texts = {}
    for key in sorted(TEXT_KEYS & set(values.values)):
        text = values.typed(key, str, "plain text")
        if text is None:
            continue
        if "<" in text or any(ord(c) < 32 and c not in "\n\t" for c in text) or len(text) > LONGEST:
            values.add(key, "is not plain text", f"no markup, no control characters, at most {LONGEST} characters")
        elif text.strip():
            texts[key] = text.strip()
        else:
            values.add(key, "is empty", "leave it out to get the built-in text")
    return texts


@dataclass(frozen=True, slots=True)
class Ours:
    """What Lectern says where an operator says nothing: its words, the name of his institution in them, and the
    language of policies that name none.
    """

    words: Words
    institution: str
    language: str = ENGLISH

    def texts(self, patterns: frozenset[Pattern], language: str) -> dict[str, str]:
        """Return the texts of a policy with these patterns in a language, those that there are (AU1-06, AU2-09)."""
        kind = next((kind for pattern, kind in _KINDS if pattern in patterns), "room")
        lacking = self.words.missing(language)
        keys = {key: f"policy.{kind}_{key}" for key in TEXT_KEYS}
        return {
            key: self.words.say(language, name, institution=self.institution)
            for key, name in keys.items()
            if name not in lacking
        }


def fill_texts(patterns: frozenset[Pattern], ours: Ours, written: Written, language: str) -> Filled:
    """Return the texts of a policy in its own `language` and in all others.

    A key that the operator wrote in any language is in those he wrote it in and in no other: he may have written
    terms, and ours would say something else. A key that he wrote nowhere is in every language of ours.
    """
    own = set().union(*written.values())
    built_in = {tag: ours.texts(patterns, tag) for tag in ours.words.languages}
    by_language = {
        tag: written.get(tag, {}) | {key: text for key, text in built_in.get(tag, {}).items() if key not in own}
        for tag in (*built_in, *written, language)
    }
    complete = dict(by_language.pop(language))
    borrowed = TEXT_KEYS - complete.keys()
    nearest = sorted(by_language, key=lambda tag: (_primary(tag) != _primary(language), tag != ENGLISH))
    for key in borrowed:
        complete[key] = next(by_language[tag][key] for tag in nearest if key in by_language[tag])
    translations = tuple(Texts(**texts, language=tag) for tag, texts in sorted(by_language.items()) if texts)
    return Filled(Texts(**complete, language=language), translations, borrowed)


def language_map(policy: Policy, key: str) -> dict[str, list[str]]:
    """Return a text of a policy as an IIIF language map, its own language first; empty if it has no such text.

    Raises AttributeError for a key that there is not.
    """
    found = {} if key in policy.borrowed else {policy.texts.language: getattr(policy.texts, key)}
    found |= {texts.language: getattr(texts, key) for texts in policy.translations}
    return {language: [text] for language, text in found.items() if text}


def texts_for(policy: Policy, language: str) -> Texts:
    """Return the texts of a policy for a reader of a language: complete, each in that language if there is one.

    `en` serves a reader of `en-GB`, and the other way round. What is not there in it is said in the policy's own.
    The `language` of the answer is the one of its header; `tongues` tells that of each.
    """
    told = {key: text for key in TEXT_KEYS if (text := getattr(_nearest(policy, language), key))}
    return replace(policy.texts, **told, language=tongues(policy, language)["header"])


def tongues(policy: Policy, language: str) -> dict[str, str]:
    """Return in which language each of the texts is that a reader of a language gets, by key (for `lang` of HTML)."""
    nearest = _nearest(policy, language)
    return {key: nearest.language if getattr(nearest, key) else _own_tongue(policy, key) for key in TEXT_KEYS}


def _nearest(policy: Policy, language: str) -> Texts:
    """Return the texts in a reader's language, perhaps with gaps; the policy's own if there are none."""
    nearest = min((policy.texts, *policy.translations), key=lambda texts: _distance(language, texts.language))
    if nearest is policy.texts or _distance(language, nearest.language) == _FAR:
        return replace(policy.texts, **dict.fromkeys(policy.borrowed, ""))
    return nearest


def _own_tongue(policy: Policy, key: str) -> str:
    if key in policy.borrowed:
        text = getattr(policy.texts, key)
        return next(each.language for each in policy.translations if getattr(each, key) == text)
    return policy.texts.language


_FAR = 2


def _distance(wanted: str, there: str) -> int:
    if wanted.lower() == there.lower():
        return 0
    return 1 if _primary(wanted) == _primary(there) else _FAR


def _primary(language: str) -> str:
    return language.partition("-")[0].lower()


_KINDS: tuple[tuple[Pattern, str], ...] = (("login", "login"), ("clickthrough", "terms"))
