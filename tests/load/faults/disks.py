"""A disk that is full or may not be written to, and files that are half there."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path

from tests.load.faults.site import PASSWORD, Site
from tests.load.faults.table import Outcome

_SIZE = 48  # megabytes


class NoMount(Exception):
    """A disk of one's own cannot be had here: that needs root, and leave to mount."""


@dataclass(frozen=True)
class Disk:
    """A disk in a file: `place` is where it is mounted."""

    place: Path
    image: Path

    def mount(self) -> None:
        """Mount it; raises CalledProcessError."""
        _run("mount", "-o", "loop", self.image, self.place)

    def fail(self) -> None:
        """Have the kernel forbid all writing, as it does when a disk fails; files that are open stay so."""
        _run("mount", "-o", "remount,abort", self.place)

    def repair(self) -> None:
        """Mount it anew after a repair; nobody may have a file of it open."""
        _run("umount", self.place)
        subprocess.run(["e2fsck", "-p", self.image], check=False, capture_output=True)
        self.mount()


def _run(*command: str | Path) -> None:
    subprocess.run(command, check=True, capture_output=True)


@contextmanager
def small_disk(folder: Path) -> Iterator[Disk]:
    """Give a disk of some megabytes until the block ends; raises NoMount where there is none to be had."""
    disk = Disk(folder / "disk", folder / "disk.img")
    disk.place.mkdir()
    with disk.image.open("wb") as file:
        file.truncate(_SIZE << 20)
    try:
        _run("mkfs.ext4", "-q", "-F", "-m", "0", "-b", "4096", disk.image)  # as real disks have
        disk.mount()
    except (OSError, subprocess.CalledProcessError) as error:
        raise NoMount("A disk of one's own needs root, loop devices and leave to mount.") from error
    try:
        yield disk
    finally:
        _run("umount", "--lazy", disk.place)


def disk_full(site: Site, times: int) -> Outcome:
    """Fill the disk of the home, ingest and sign in; then make room, and do both again."""
    outcome = Outcome("disk full")
    filling = site.home / "filling"
    for _ in range(times):
        name = site.draw.choice(["free", "secret"])
        tried = site.editions[name] + 1
        args = site.ingesting(name, tried)
        _fill(filling, site.draw.choice([0, 4096, 1 << 15, site.draw.randrange(1 << 20)]))
        status, said = site.commands.run(*args)
        if status == 0:
            site.editions[name] = tried
            outcome.acknowledged += 1
        else:
            outcome.expect("Traceback" not in said, outcome.mute, said)
            outcome.expect("space" in said or "full" in said, outcome.mute, f"status {status}: {said}")
        _while_refused(site, outcome)
        filling.unlink()
        site.settle(name, tried, outcome)
        outcome.times += 1
    _mended(site, outcome)
    return outcome


def _fill(filling: Path, left: int) -> None:
    """Leave so many bytes on a disk."""
    with filling.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(b"x" * (1 << 20))
        except OSError:
            pass
        try:
            while True:
                file.write(b"x" * 4096)
        except OSError:
            file.truncate(max(0, file.tell() - left))


def read_only(site: Site, times: int, disk: Disk) -> Outcome:
    """Have the disk of the home forbid writing while it is served, and repair it then."""
    outcome = Outcome("read-only home")
    for _ in range(times):
        name = site.draw.choice(["free", "secret"])
        args = site.ingesting(name, site.editions[name] + 1)
        disk.fail()
        status, said = site.commands.run(*args)
        outcome.expect(status not in (0, 1), outcome.lost, f"an ingest that wrote nothing said {status}")
        outcome.expect("Traceback" not in said and "read" in said.lower(), outcome.mute, said)
        _while_refused(site, outcome)
        site.stop()
        disk.repair()
        site.serve()
        site.check(outcome)
        outcome.times += 1
    _mended(site, outcome)
    return outcome


def _while_refused(site: Site, outcome: Outcome) -> None:
    """Note what is wrong while nothing can be written: the open has to be served, and the restricted stay closed."""
    site.check_doors(outcome)
    picture = site.person().ask(f"/iiif/3/still-1/full/{site.draw.randrange(200, 590)},/0/default.png")
    outcome.expect(picture.status == 200, outcome.closed, f"an image that cannot be kept: {picture.status}")
    person = site.person()
    page = person.ask("/auth/access/secret?origin=https://viewer.example.org")
    outcome.expect(page.status in (200, 503), outcome.mute, f"the access page: {page.status}")
    try:
        status = person.sign_in("/auth/access/secret", "ann", PASSWORD).status
    except AssertionError:
        status = page.status
    except (OSError, HTTPException) as error:
        outcome.mute.append(f"a sign-in: {error!r}")
        return
    outcome.expect(status in (200, 503), outcome.mute, f"a sign-in: {status}")


def half_files(site: Site, times: int) -> Outcome:
    """Cut files of the home short: what was kept of an image, packs, and pictures; each is named, others are served."""
    outcome = Outcome("half-written files")
    for number in range(times):
        kind = ("cache", "index", "images")[number % 3]
        site.person().ask("/iiif/3/still-1/full/560,/0/default.png")
        mine = [path for path in (site.home / kind).rglob("*") if path.is_file() and not path.name.startswith(".")]
        mine = [path for path in mine if path.stat().st_size and (kind == "cache" or "secret" in path.as_posix())]
        if not mine:
            outcome.note = f"no file in {kind}"
            continue
        spoilt = site.draw.choice(sorted(mine))
        whole = spoilt.read_bytes()
        spoilt.write_bytes(whole[: site.draw.randrange(len(whole))])
        site.kill_server()
        site.check_doors(outcome)
        answer = site.person().ask("/iiif/3/still-1/full/560,/0/default.png")
        outcome.expect(answer.status == 200, outcome.closed, f"{kind}: {answer.status}")
        if kind != "cache":
            reader = site.reader()
            told = reader.ask(
                "/search/2/secret?q=harbour" if kind == "index" else "/iiif/3/secret-1/full/max/0/default.jpg"
            )
            outcome.expect(told.status in (200, 500, 503), outcome.mute, f"{kind}: {told.status} {told.body[:200]!r}")
            outcome.expect(b"Traceback" not in told.body, outcome.mute, told.body.decode("utf-8", "replace"))
        site.ingest("secret")
        outcome.times += 1
    _mended(site, outcome)
    return outcome


def _mended(site: Site, outcome: Outcome) -> None:
    """Note whether everything can be written again, and is right then."""
    for name in ("free", "secret"):
        try:
            site.ingest(name)
        except AssertionError as error:
            outcome.stuck.append(f"{name}: {error}")
    site.check(outcome)
