"""Which of a manifest's links lead to text: OCR files, the surest first, and annotations. Pure: nothing is fetched."""

import re
from collections.abc import Sequence

from ingest.manifest import Link

MOST_TRIED = 4  # links of one canvas, of either sort

_NAMES = ("alto", "hocr", "page-xml", "pagexml", "primaresearch", "abbyy", "finereader", "miniocr", "vtt", "subrip")
_IN_ADDRESS = re.compile(r"alto|hocr|pagexml|page-xml|abbyy|miniocr|\.vtt\b|\.srt\b", re.I)
_NEVER = ("image/", "audio/", "video/", "font/", "application/pdf", "text/plain", "application/epub", "text/csv")
_JSON = re.compile(r"[/+]json$")
_PERHAPS = frozenset(
    {
        "", "text/xml", "application/xml", "text/html", "application/xhtml+xml", "text/srt", "application/octet-stream",
        "application/gzip", "application/x-gzip", "application/zip",
    }
)  # fmt: skip
_ANNOTATIONS = frozenset({"AnnotationPage", "AnnotationList", "sc:AnnotationList", "oa:AnnotationList"})


def file_links(links: Sequence[Link]) -> list[Link]:
    """Return the links to files that may be OCR, at most four (PR3-42, PR3-43).

    First those that say so by format, profile or label, then those whose address does, then those of a format that
    may hold it and without a profile that says what else is there.
    """
    ranked = [(rank, link) for link in links if (rank := _rank(link)) is not None]
    unique = {link.url: link for _, link in sorted(ranked, key=lambda each: each[0])}
    return list(unique.values())[:MOST_TRIED]


def says_ocr(link: Link) -> bool:
    """Return whether a link claims that OCR is where it leads."""
    return _rank(link) == 0


def annotation_links(links: Sequence[Link]) -> list[Link]:
    """Return the links to pages and lists of annotations, at most four; those inside the manifest have a body."""
    found = [link for link in links if _is_annotations(link)]
    return list({link.url: link for link in found}.values())[:MOST_TRIED]


def _rank(link: Link) -> int | None:
    form = link.format.partition(";")[0].strip().lower()
    if link.body is not None or form.startswith(_NEVER) or _JSON.search(form):
        return None
    said = f"{form} {link.profile} {link.label}".lower()
    if any(name in said for name in _NAMES):
        return 0
    if _is_annotations(link) or form not in _PERHAPS:
        return None
    if _IN_ADDRESS.search(link.url.partition("?")[0]):
        return 1
    return 3 if link.profile else 2


def _is_annotations(link: Link) -> bool:
    if link.type in _ANNOTATIONS:
        return True
    said = f"{link.format} {link.profile} {link.label}".lower()
    return link.relation in {"annotations", "otherContent"} and not any(name in said for name in _NAMES)
