"""Spoilt files of every format are read or refused by name: no crash, no endless memory, no read elsewhere."""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest.survey import survey
from tests.conftest import ROOT
from tests.golden.mutations import MUTATIONS, spoil
from tests.golden.second_reader import FILES
from tests.ingest.survival import survive

FORMATS = sorted(folder.name for folder in FILES.iterdir() if folder.name != "mets")
_SECRET = "Schweigepflicht"
_PEAK = 400 * 1024 * 1024  # bytes of a whole process that reads all of the hostile files one after another

_STEPS = st.lists(
    st.tuples(st.integers(0, len(MUTATIONS) - 1), st.floats(0, 1), st.integers(0, 100_000)), min_size=1, max_size=4
)


def _seeds(kind: str) -> list[Path]:
    return sorted(path for path in (FILES / kind).iterdir() if path.is_file())


@pytest.mark.parametrize("kind", FORMATS)
def test_spoilt_files_are_read_or_refused_by_name(kind: str):
    seeds = _seeds(kind)

    @settings(max_examples=250, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(seed=st.sampled_from(seeds), steps=_STEPS)
    def check(seed: Path, steps: list[tuple[int, float, int]]) -> None:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, seed.name)
            path.write_bytes(spoil(seed.read_bytes(), steps))
            survive(path)

    check()


@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.binary(max_size=2_000), st.sampled_from(["xml", "hocr", "json", "vtt", "srt", "gz", "zip"]))
def test_noise_is_read_or_refused_by_name(noise: bytes, suffix: str):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, f"noise.{suffix}")
        path.write_bytes(noise)
        survive(path)


@settings(max_examples=100, deadline=None, derandomize=True)
@given(seed=st.sampled_from(sorted(FILES.glob("mets/*/mets.xml"))), steps=_STEPS)
def test_spoilt_mets_never_names_a_file_outside_its_folder(seed: Path, steps: list[tuple[int, float, int]]):
    with tempfile.TemporaryDirectory() as folder:
        inside = Path(folder, "book")
        inside.mkdir()
        Path(folder, "secret.xml").write_bytes(_seeds("alto")[0].read_bytes())
        (inside / "a.xml").write_bytes(_seeds("alto")[0].read_bytes())
        (inside / "mets.xml").write_bytes(spoil(seed.read_bytes(), steps))
        for path in survey(inside).ocr:
            assert path.resolve().is_relative_to(inside.resolve())


_ROOTS = {
    "alto": '<alto><Layout><Page WIDTH="9" HEIGHT="9"><PrintSpace><TextBlock><TextLine><String CONTENT="{0}"/>{0}'
    "</TextLine></TextBlock></PrintSpace></Page></Layout></alto>",
    "html": '<html><body><div class="ocr_page" title="bbox 0 0 9 9"><span class="ocrx_word">{0}</span>'
    "</div></body></html>",
    "PcGts": '<PcGts><Page imageWidth="9" imageHeight="9"><TextRegion><TextLine><TextEquiv><Unicode>{0}</Unicode>'
    "</TextEquiv></TextLine></TextRegion></Page></PcGts>",
    "document": '<document xmlns="http://www.abbyy.com/FineReader_xml/FineReader10-schema-v1.xml">'
    '<page width="9" height="9"><block blockType="Text"><text><par><line><formatting>{0}'
    "</formatting></line></par></text></block></page></document>",
    "ocr": '<ocr><p wh="9 9"><b><l><w x="1 1 2 2">{0}</w></l></b></p></ocr>',
}


@pytest.mark.parametrize("root", _ROOTS)
@pytest.mark.parametrize(
    "declaration",
    [
        '<!ENTITY e SYSTEM "secret.txt">',
        '<!ENTITY e SYSTEM "file://{folder}/secret.txt">',
        '<!ENTITY % p SYSTEM "secret.dtd"> %p;',
        '<!ENTITY e "inside">',
    ],
)
def test_declared_entities_are_refused_and_nothing_beside_is_read(root: str, declaration: str, tmp_path: Path):
    (tmp_path / "secret.txt").write_text(_SECRET)
    (tmp_path / "secret.dtd").write_text(f'<!ENTITY e "{_SECRET}">')
    path = tmp_path / "page.xml"
    subset = declaration.replace("{folder}", str(tmp_path))
    path.write_text(f"<!DOCTYPE {root} [{subset}]>\n" + _ROOTS[root].format("&e;"))
    assert survive(path).trap == "doctype-declares"


@pytest.mark.parametrize("root", _ROOTS)
@pytest.mark.parametrize("doctype", ['SYSTEM "secret.dtd"', 'PUBLIC "-//x//y" "secret.dtd"'])
def test_an_external_document_type_is_not_loaded(root: str, doctype: str, tmp_path: Path):
    (tmp_path / "secret.dtd").write_text(f'<!ENTITY e "{_SECRET}">')
    path = tmp_path / "page.xml"
    path.write_text(f"<!DOCTYPE {root} {doctype}>\n" + _ROOTS[root].format("plain &e; text"))
    assert _SECRET not in " ".join(survive(path).words)


@pytest.mark.parametrize("root", _ROOTS)
def test_xinclude_is_not_followed(root: str, tmp_path: Path):
    (tmp_path / "secret.txt").write_text(_SECRET)
    include = '<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" parse="text" href="secret.txt"/>'
    path = tmp_path / "page.xml"
    path.write_text(_ROOTS[root].replace("{0}", include if root != "alto" else "x"))
    assert _SECRET not in " ".join(survive(path).words)


@pytest.mark.parametrize("encoding", ["utf-7", "utf-16", "utf-16-be", "utf-32", "cp037"])
def test_a_declaration_hidden_by_its_encoding_is_refused_as_well(encoding: str, tmp_path: Path):
    (tmp_path / "secret.txt").write_text(_SECRET)
    text = f'<?xml version="1.0" encoding="{encoding}"?><!DOCTYPE alto [<!ENTITY e SYSTEM "secret.txt">]>'
    path = tmp_path / "page.xml"
    path.write_bytes((text + _ROOTS["alto"].format("&e;")).encode(encoding))
    found = survive(path)
    assert found.trap
    assert _SECRET not in " ".join(found.words)


def _hostile() -> dict[str, bytes]:
    """Return files that are large or deep in one way each; what they do to memory is what counts."""
    page = _ROOTS["alto"]
    line = '<span class="ocrx_word" title="bbox 1 1 2 2">{}</span>'
    attributes = " ".join(f'a{n}=""' for n in range(100_000))
    points = "1,1 " * 2_000_000
    bomb = "".join(f'<!ENTITY e{n + 1} "{f"&e{n};" * 10}">' for n in range(12))
    return {
        "bomb.xml": f'<!DOCTYPE alto [<!ENTITY e0 "ha">{bomb}]>{page.format("&e12;")}'.encode(),
        "quadratic.xml": f'<!DOCTYPE alto [<!ENTITY e "{"x" * 100_000}">]>{page.format("&e;" * 10_000)}'.encode(),
        "deep.xml": page.replace("{0}", "", 1).replace("{0}", "<a>" * 200_000 + "</a>" * 200_000).encode(),
        "deep.hocr": _ROOTS["html"].format("<b>" * 100_000 + "x" + "</b>" * 100_000).encode(),
        "deep-annotations.json": b'{"type": "AnnotationPage", "items": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        "long-attribute.xml": page.replace("{0}", "x" * 20_000_000, 1).replace("{0}", "").encode(),
        "many-words.xml": page.replace("{0}", "a " * 4_000_000, 1).replace("{0}", "").encode(),
        "long-text.hocr": _ROOTS["html"].format("x" * 20_000_000).encode(),
        "many-elements.xml": page.replace("{0}", "", 1).replace("{0}", "<x/>" * 2_000_000).encode(),
        "many-word-elements.hocr": _ROOTS["html"]
        .format("")
        .replace("</div>", line.format("a") * 200_000 + "</div>")
        .encode(),
        "many-attributes.xml": page.format("x").replace("<String", f"<String {attributes}").encode(),
        "many-points.xml": _ROOTS["PcGts"].format("x").replace("<TextL", f'<Coords points="{points}"/><TextL').encode(),
        "many-classes.hocr": _ROOTS["html"].format("x").replace("ocrx_word", "ocrx_word " + "a " * 2_000_000).encode(),
        "unclosed-comments.hocr": _ROOTS["html"].format("<!-- " * 400_000).encode(),
        "quotes-in-title.hocr": _ROOTS["html"]
        .format("x")
        .replace("bbox 0 0 9 9", "image '" + "\\'" * 1_000_000)
        .encode(),
        "many-cues.vtt": b"WEBVTT\n\n" + b"00:00:01.000 --> 00:00:02.000\na\n\n" * 200_000,
        "arrows.vtt": b"WEBVTT\n\n" + b"-->" * 2_000_000,
        "zeros.xml": b"\0" * 20_000_000,
        "angle-brackets.xml": b"<" * 20_000_000,
    }


def test_hostile_files_cost_little_memory_and_end_in_a_name(tmp_path: Path):
    for name, data in _hostile().items():
        (tmp_path / name).write_bytes(data)
    code = (
        "import json, re, sys; from pathlib import Path; from tests.ingest.survival import survive\n"
        "found = {path.name: survive(path).trap for path in sorted(Path(sys.argv[1]).iterdir())}\n"
        # The peak of this image alone: ru_maxrss would begin with that of the process which started it.
        "peak = int(re.search(r'VmHWM:\\s+(\\d+)', Path('/proc/self/status').read_text())[1]) * 1024\n"
        "print(json.dumps([found, peak]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], cwd=ROOT, capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == 0, done.stderr[-2_000:]
    found, peak = json.loads(done.stdout)
    assert peak < _PEAK
    assert found == {
        "angle-brackets.xml": "not-ocr",
        "arrows.vtt": "",
        "bomb.xml": "doctype-declares",
        "deep-annotations.json": "json-too-deep",
        "deep.hocr": "too-deep",
        "deep.xml": "too-deep",
        "long-attribute.xml": "not-well-formed",
        "long-text.hocr": "not-well-formed",
        "many-attributes.xml": "too-many-attributes",
        "many-classes.hocr": "",
        "many-cues.vtt": "",
        "many-elements.xml": "",
        "many-points.xml": "",
        "many-word-elements.hocr": "too-many-words",
        "many-words.xml": "text-too-long",
        "quadratic.xml": "not-ocr",  # its root lies behind more than what is looked at
        "quotes-in-title.hocr": "text-too-long",
        "unclosed-comments.hocr": "text-too-long",
        "zeros.xml": "not-ocr",
    }


@pytest.mark.parametrize(
    "href",
    [
        "../secret.xml",
        "..%2fsecret.xml",
        "/{folder}/secret.xml",
        "file://{folder}/secret.xml",
        "..\\secret.xml",
        "a/../../secret.xml",
        "%00secret.xml",
    ],
)
def test_mets_leads_to_no_file_outside_its_folder(href: str, tmp_path: Path):
    book = tmp_path / "book"
    book.mkdir()
    (tmp_path / "secret.xml").write_bytes(_seeds("alto")[0].read_bytes())
    (book / "page.xml").write_bytes(_seeds("alto")[0].read_bytes())
    address = href.replace("{folder}", str(tmp_path).lstrip("/") if href.startswith("/") else str(tmp_path))
    (book / "mets.xml").write_text(
        '<mets xmlns="http://www.loc.gov/METS/" xmlns:xlink="http://www.w3.org/1999/xlink"><fileSec>'
        f'<fileGrp USE="FULLTEXT"><file ID="F"><FLocat xlink:href="{address}"/></file>'
        '<file ID="G"><FLocat xlink:href="page.xml"/></file></fileGrp></fileSec>'
        '<structMap TYPE="PHYSICAL"><div TYPE="page" ORDER="1"><fptr FILEID="F"/></div>'
        '<div TYPE="page" ORDER="2"><fptr FILEID="G"/></div></structMap></mets>'
    )
    assert list(survey(book).ocr) == [book / "page.xml"]
