"""How far a command is, told on standard error: a bar at a terminal, a line now and then elsewhere."""

import sys
import time
from collections.abc import Callable

import click

from ingest.progress import Progress, Silence
from lectern.plain import plain
from services.counted import counted
from services.options import Manner

_EVERY_SECONDS = 5.0


def progress_for(manner: Manner) -> Progress:
    """Return who shows progress: at a terminal a bar; elsewhere nobody, unless `--progress` asks for lines."""
    terminal = sys.stderr.isatty()
    wanted = terminal if manner.progress is None else manner.progress
    if not wanted or manner.quiet:
        return Silence()
    return Bar() if terminal else Lines()


def time_left(done: int, total: int, seconds: float) -> float | None:
    """Return the seconds that the rest will take at the rate so far; None before there is one."""
    return (total - done) * seconds / done if done else None


def rate(done: float, seconds: float) -> str:
    """Return a rate as it is shown: whole pages a second from ten on, a decimal below."""
    speed = done / max(seconds, 0.001)
    return f"{speed:.0f} pages/s" if speed >= 10 else f"{speed:.1f} pages/s"


def clock(seconds: float) -> str:
    """Return a duration as hours, minutes and seconds: `1:02:03`, `2:03`."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def line(title: str, done: int, total: int, seconds: float) -> str:
    """Return one line of progress: pages, share, rate and time left."""
    left = time_left(done, total, seconds)
    end = "" if left is None else f", {rate(done, seconds)}, {clock(left)} left"
    return f"{title}: {done} of {counted(total, 'page')} ({100 * done // max(total, 1)} %){end}"


class Lines:
    """Progress as lines on standard error: at most one in five seconds, so that a log stays readable."""

    def __init__(
        self, write: Callable[[str], None] | None = None, elapsed: Callable[[], float] = time.monotonic
    ) -> None:
        self._write = write or (lambda text: click.echo(text, err=True))
        self._elapsed = elapsed
        self._title, self._total, self._done = "", 0, 0
        self._began = self._told = 0.0

    def begin(self, title: str, pages: int) -> None:
        """Say that so many pages begin."""
        self._title, self._total, self._done = plain(title), pages, 0
        self._began = self._told = self._elapsed()
        if pages:
            self._write(f"{self._title}: {counted(pages, 'page')} to read")

    def step(self) -> None:
        """Count one page, and say so if nothing was said for a while."""
        self._done += 1
        now = self._elapsed()
        if now - self._told >= _EVERY_SECONDS or self._done == self._total:
            self._told = now
            self._write(line(self._title, self._done, self._total, now - self._began))

    def end(self) -> None:
        """Say nothing: the command's own last line follows."""


class Bar:
    """A bar on standard error with pages, rate and time left; it leaves nothing behind. NO_COLOR is heeded."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[rate]}"),
            TimeRemainingColumn(compact=True),
        )
        self._progress = Progress(*columns, console=Console(stderr=True), transient=True)
        self._task: int | None = None

    def begin(self, title: str, pages: int) -> None:
        """Show an empty bar for so many pages; none if there is nothing to do."""
        if self._task is not None:
            self._progress.remove_task(self._task)  # type: ignore[arg-type]
            self._task = None
        if pages:
            self._began = time.monotonic()
            self._task = self._progress.add_task(_unmarked(title), total=pages, rate="")
            self._progress.start()

    def step(self) -> None:
        """Count one page."""
        if self._task is not None:
            task = self._progress.tasks[0]
            told = rate(task.completed + 1, time.monotonic() - self._began)
            self._progress.update(self._task, advance=1, rate=told)  # type: ignore[arg-type]

    def end(self) -> None:
        """Take the bar away."""
        self._progress.stop()


def _unmarked(title: str) -> str:
    """Return a title that rich prints as it is: brackets in an object's name are no markup."""
    from rich.markup import escape

    return escape(plain(title))
