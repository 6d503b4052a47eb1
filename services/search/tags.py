"""What caches are told of an answer: its entity tag, known before anything is searched, and how long it is kept.

A tag is made of what the answer is a function of: the generations of the objects whose text is asked, the version of
the policies, what the reader may know and of which pages, the API's version, the form, and the request. Objects whose
text the reader may not know are no part of it, as they are none of the answer (TH-79).
"""

from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from urllib.parse import quote, urlencode

from services.caching import RESTRICTED, public_headers
from services.search.asking import Asked
from services.search.members import Member

_KEPT_SECONDS = 60  # asking again costs no search; a text that was closed or removed is gone everywhere by then
_LONGEST = 200  # characters of a request that stand in a tag as they are


def entity_tag(asked: Asked, form: str, made_by: str) -> str:
    """Return the strong tag of the answer to a request: equal tags, equal answers of one URL, byte for byte.

    `form` is the media type, `made_by` names the software and the settings that answers depend on. Of one object whose
    text the reader may know, the request stands in the tag as it was made, digested when it is long. Of what may hold
    text that he may not know, it is left to the URL: two answers that find nothing have the same tag (TH-82).
    """
    members = [(m.row.id, m.row.generation, m.row.modified, _view(m)) for m in asked.searched]
    told = (
        made_by,
        asked.policies,
        asked.version,
        asked.suggesting,
        form,
        asked.place,
        asked.request.page.size,
        members,
    )
    digest = sha256(repr(told).encode()).hexdigest()[:32]
    # The digest is last: a word of the request at the end could look like the mark of a compressed answer.
    return f"{_request(asked)}-{digest}" if members and asked.place.collection is None else digest


def _view(member: Member) -> str:
    pages = "all" if member.readable is None else repr(member.readable.ranges)
    return f"{member.search}, {'everybody' if member.everybodys else 'some'}, {pages}, {member.part}"


def _request(asked: Asked) -> str:
    begin, ignored = asked.request.page.begin, asked.request.ignored
    pairs = [*asked.request.kept, *([("from", f"{begin.object_id}:{begin.n}")] if begin else [])]
    text = urlencode(pairs) + "".join(f"&!{quote(name, safe='')}" for name in ignored)
    return text if len(text) <= _LONGEST else sha256(text.encode()).hexdigest()


def cache_headers(asked: Asked, now: datetime) -> Mapping[str, str]:
    """Return the caching headers of an answer: public for a minute, if it is everybody's, else no cache's business.

    It is kept no longer than until the next date of a policy (TH-72, TH-74).
    """
    if not asked.is_everybodys:
        return RESTRICTED
    changes = [member.valid_until for member in asked.members if member.valid_until is not None]
    return public_headers(min(changes, default=None), now, max_age=_KEPT_SECONDS)
