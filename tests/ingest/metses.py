"""METS files, written by the tests themselves."""

from collections.abc import Sequence

NAMES = 'xmlns:m="http://www.loc.gov/METS/" xmlns:xlink="http://www.w3.org/1999/xlink"'


def mets(groups: str, *maps: str, label: str = "", more: str = "") -> bytes:
    """Return a METS file of file groups and structure maps."""
    files = f"<m:fileSec>{groups}</m:fileSec>" if groups else ""
    return f'<?xml version="1.0"?><m:mets {NAMES} LABEL="{label}">{more}{files}{"".join(maps)}</m:mets>'.encode()


def group(use: str, mime: str, **hrefs: str) -> str:
    """Return a file group: ids and addresses."""
    files = "".join(
        f'<m:file ID="{key}" MIMETYPE="{mime}"><m:FLocat LOCTYPE="URL" xlink:href="{href}"/></m:file>'
        for key, href in hrefs.items()
    )
    return f'<m:fileGrp USE="{use}">{files}</m:fileGrp>'


def page(files: Sequence[str], more: str = "", kind: str = "page") -> str:
    """Return the div of a page with these file ids."""
    pointers = "".join(f'<m:fptr FILEID="{file}"/>' for file in files)
    return f'<m:div TYPE="{kind}" {more}>{pointers}</m:div>'


def physical(*pages: str) -> str:
    """Return the map of pages."""
    return f'<m:structMap TYPE="PHYSICAL"><m:div TYPE="physSequence" ID="PHYS">{"".join(pages)}</m:div></m:structMap>'


def logical(inner: str, links: str = "") -> str:
    """Return the map of parts, and links from these to pages (`part page` pairs)."""
    pairs = (link.split() for link in links.split(";") if link)
    linked = "".join(f'<m:smLink xlink:from="{one}" xlink:to="{other}"/>' for one, other in pairs)
    return f'<m:structMap TYPE="LOGICAL">{inner}</m:structMap><m:structLink>{linked}</m:structLink>'


def two_pages(**more: str) -> bytes:
    """Return a METS of two pages, each with a picture and ALTO of the same base name, the second page first."""
    groups = group("MAX", "image/tiff", i1="max/p1.tif", i2="max/p2.tif")
    groups += group("FULLTEXT", "text/xml", a1="alto/p1.xml", a2="alto/p2.xml")
    first = page(["i1", "a1"], 'ORDER="2" ORDERLABEL="ii" ID="P1"')
    second = page(["i2", "a2"], 'ORDER="1" LABEL="Title" ORDERLABEL=" - " ID="P2"')
    return mets(groups, physical(first, second), **more)
