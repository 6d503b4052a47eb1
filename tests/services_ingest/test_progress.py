"""How far an ingest is: on standard error, as suits whoever reads it."""

import io
import sys

import pytest

from ingest.progress import Silence
from services.options import Manner
from services.progress import Bar, Lines, clock, line, progress_for, rate


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("terminal", "manner", "kind"),
    [
        (True, Manner(), Bar),
        (True, Manner(progress=False), Silence),
        (True, Manner(quiet=True), Silence),
        (False, Manner(), Silence),
        (False, Manner(progress=True), Lines),
        (False, Manner(progress=True, quiet=True), Silence),
    ],
)
def test_a_bar_is_for_a_terminal_and_lines_for_whoever_asks(
    monkeypatch: pytest.MonkeyPatch, terminal: bool, manner: Manner, kind: type
):
    monkeypatch.setattr(sys, "stderr", Terminal() if terminal else io.StringIO())
    assert type(progress_for(manner)) is kind


def test_lines_tell_share_rate_and_time_left_and_not_too_often():
    now = 0.0
    said: list[str] = []
    lines = Lines(said.append, lambda: now)
    lines.begin("book", 100)
    for _ in range(100):
        now += 0.5
        lines.step()
    lines.end()
    assert said[0] == "book: 100 pages to read"
    assert said[1] == "book: 10 of 100 pages (10 %), 2.0 pages/s, 0:45 left"
    assert said[-1] == "book: 100 of 100 pages (100 %), 2.0 pages/s, 0:00 left"
    assert len(said) == 11


def test_nothing_is_said_of_an_object_without_pages_to_read():
    said: list[str] = []
    lines = Lines(said.append, lambda: 0.0)
    lines.begin("book", 0)
    lines.end()
    assert said == []


def test_figures_are_short():
    assert (clock(59.6), clock(3723)) == ("1:00", "1:02:03")
    assert (rate(5, 10), rate(700, 10)) == ("0.5 pages/s", "70 pages/s")
    assert line("x", 0, 10, 0) == "x: 0 of 10 pages (0 %)"


def test_the_bar_shows_rate_and_names_as_they_are_and_heeds_no_color(monkeypatch: pytest.MonkeyPatch):
    screen = Terminal()
    monkeypatch.setattr(sys, "stderr", screen)
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "120")
    bar = Bar()
    bar.begin("a [bold]book[/bold]", 2)
    bar.step()
    bar.step()
    bar.end()
    bar.begin("nothing to read", 0)
    bar.end()
    shown = screen.getvalue()
    assert "a [bold]book[/bold]" in shown
    assert "pages/s" in shown
    assert "\x1b[3" not in shown.replace("\x1b[38", "\x1b[3")  # no colour
