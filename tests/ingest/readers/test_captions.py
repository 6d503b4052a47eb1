"""Captions: cues become lines with times."""

from pathlib import Path

import pytest

from ingest.geometry import canvas_for, place_on
from ingest.readers.captions import looks_like_captions, read_captions
from ingest.sniff import Kind, sniff
from ingest.traps import Unreadable
from lectern.words import Page

VTT = """WEBVTT - a talk
Kind: captions
Language: en

NOTE
00:00:09.000 is not a cue

STYLE
::cue { color: red }

REGION
id:left

intro
00:01.000 --> 00:04.500 align:start position:10%
<v Ada Lovelace>The <c.loud>harbour</c> wall &amp; the
<00:00:02.000>lights

1:00:05.250 --> 1:00:08.000
of the city
"""
SRT = """1
00:00:01,000 --> 00:00:02,500
{\\an8}<font color="red">The wall</font>

2
00:00:03,000 --> 00:00:04,000
a --> b
"""


def read(text: str | bytes) -> Page:
    (page,) = read_captions(text.encode() if isinstance(text, str) else text, "a.vtt")
    return page


def cues(text: str | bytes) -> list[tuple[str, tuple[float, float] | None]]:
    return [(" ".join(word.text for word in line.words), line.time) for line in read(text).lines()]


def traps(page: Page) -> list[str]:
    return [text.partition(":")[0] for text in page.warnings]


def test_webvtt_gives_its_cues_and_nothing_else():
    assert cues(VTT) == [("The harbour wall & the lights", (1, 4.5)), ("of the city", (3605.25, 3608))]
    page = read(VTT)
    assert (page.language, page.warnings, page.width) == ("en", [], None)
    assert all(word.box is None and not word.estimated for word in page.words())


def test_srt_gives_its_cues():
    assert cues(SRT) == [("The wall", (1, 2.5)), ("a --> b", (3, 4))]
    assert read(SRT).warnings == []


@pytest.mark.parametrize("end", ["\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_line_ends_and_encodings_change_nothing(end: str, encoding: str):
    for text in (VTT, SRT):
        other = text.replace("\n", end).encode(encoding)
        assert cues(other) == cues(text)
        assert looks_like_captions(other)


def test_another_encoding_is_read_and_told_of():
    page = read("WEBVTT\n\n00:01.000 --> 00:02.000\nGröße".encode("cp1252"))
    assert ([word.text for word in page.words()], traps(page)) == (["Größe"], ["wrong-encoding"])


def test_cues_without_a_blank_line_between_them_are_told_apart():
    text = "1\n00:00:01,0 --> 00:00:02,0\none\n2\n00:00:03,0 --> 00:00:04,0\ntwo"
    assert cues(text) == [("one", (1, 2)), ("two", (3, 4))]


def test_cues_come_in_order_of_time_and_may_overlap():
    text = "WEBVTT\n\n00:05.000 --> 00:09.000\nlate\n\n00:01.000 --> 00:06.000\nearly"
    assert cues(text) == [("early", (1, 6)), ("late", (5, 9))]


def test_a_text_held_over_several_cues_is_one():
    text = "WEBVTT\n\n00:01.000 --> 00:02.000\none\n\n00:02.000 --> 00:04.000\none\n\n00:09.000 --> 00:10.000\none"
    assert cues(text) == [("one", (1, 4)), ("one", (9, 10))]


def test_what_makes_no_sense_is_left_out_and_counted():
    text = "WEBVTT\n\n00:xx --> 00:02.000\nlost\n\nstray text\n\n00:09.000 --> 00:03.000\nback\n\n"
    page = read(text + "00:12.000 --> 00:13.000\n<b></b>\n")
    assert cues(text) == [("back", (9, 9))]
    assert page.warnings == [
        "cue-malformed: 2 cues have no times that make sense, or are no cues; they were left out",
        "cue-backwards: 1 cues end before they begin; their beginning is taken for both",
    ]


def test_controls_and_absurd_times_do_no_harm():
    assert cues("WEBVTT\n\n00:01.000 --> 9999:59:59.999\no\x00n\x07e &#1; &lrm;") == []
    assert cues("WEBVTT\n\n00:01.000 --> 00:02.000\no\x00n\x07e &#7;") == [("one", (1, 2))]


@pytest.mark.parametrize(
    ("data", "trap"),
    [
        (b"", "empty-file"),
        (b" \n", "empty-file"),
        (b" " * (32 * 1024 * 1024 + 1), "file-too-large"),
        (b"".join(b"00:0%d.000 --> 00:09.000\n" % n + b"%d " % n * 30_000 + b"\n" for n in range(8)), "too-many-words"),
    ],
    ids=["empty", "blank", "large", "many words"],
)  # fmt: skip
def test_hostile_captions_are_refused_by_name(data: bytes, trap: str):
    with pytest.raises(Unreadable) as caught:
        read(data)
    assert caught.value.trap == trap


def test_a_cue_longer_than_a_page_is_left_out():
    page = read("WEBVTT\n\n00:01.000 --> 00:02.000\n" + "a " * 40_000 + "\n\n00:03.000 --> 00:04.000\nshort")
    assert ([word.text for word in page.words()], traps(page)) == (["short"], ["text-too-long"])


@pytest.mark.parametrize("text", ["<" * 60_000, "<v " * 20_000, "{\\" * 30_000, "&" * 60_000, "-->" * 20_000])
def test_what_repeats_ends_soon(text: str):
    assert len(list(read("WEBVTT\n\n00:01.000 --> 00:02.000\n" + text).lines())) <= 1


def test_captions_are_known_by_their_content(tmp_path: Path):
    for name, text, kind in (
        ("a.txt", VTT, Kind.CAPTIONS),
        ("a.xml", SRT, Kind.CAPTIONS),
        ("a.vtt", "WEBVTT", Kind.CAPTIONS),
        ("a.vtt", "WEBVTTER", Kind.OTHER),
        ("a.srt", "some words\n00:00:01,000 --> 00:00:02,500", Kind.OTHER),
        ("a.srt", "\n00:00:01,000 --> 00:00:02,500\nThe wall", Kind.CAPTIONS),
    ):
        (tmp_path / name).write_text(text)
        assert sniff(tmp_path / name)[0] is kind, text


def test_a_recording_has_a_canvas_of_time_and_is_not_doubted():
    page = read(VTT)
    canvas = canvas_for(page, None, None)
    assert canvas.scale_by == "time"
    assert canvas_for(page, None, None, (640, 480)).width == 640
    place_on(page, canvas)
    assert page.warnings == []
