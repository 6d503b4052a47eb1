"""Answers kept on disk: found again by any process, bounded in bytes and age, never torn, never in the way."""

import errno
import fcntl
import multiprocessing
import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path

import pytest

from image.derivatives import Derivatives, forget

MEGABYTE = 1 << 20
DAY = 86_400.0
ANSWER = bytes(range(256)) * 40


def key(number: int) -> str:
    return sha256(str(number).encode()).hexdigest()[:32]


class Kept:
    """A folder of kept answers, with a clock that the test sets ahead, and what was told of it."""

    def __init__(self, folder: Path, limit: int = MEGABYTE) -> None:
        self.folder = folder
        self.limit = limit
        self.ahead = 0.0
        self.told: list[OSError] = []
        self.here = self.process()

    def process(self) -> Derivatives:
        """Return the answers as another process sees them."""
        return Derivatives(
            self.folder, self.limit, 30 * DAY, now=lambda: time.time() + self.ahead, told=self.told.append
        )

    def file(self, object_id: str = "atlas", number: int = 1) -> Path:
        (found,) = self.folder.glob(f"*/{sha256(object_id.encode()).hexdigest()[:16]}-{key(number)}")
        return found

    def files(self) -> list[Path]:
        return [path for path in self.folder.glob("[0-9a-f][0-9a-f]/*") if path.is_file()]

    def on_disk(self) -> int:
        """Return the bytes that all files take, also while others come and go."""
        size = 0
        for path in self.files():
            with suppress(FileNotFoundError):
                size += -(-path.stat().st_size // 4096) * 4096
        return size


@pytest.fixture
def kept(tmp_path: Path) -> Kept:
    return Kept(tmp_path / "cache")


def test_an_answer_is_found_by_every_process_under_its_own_key_and_object_only(kept):
    assert kept.here.get("atlas", key(1)) is None
    kept.here.keep("atlas", key(1), ANSWER)
    assert kept.process().get("atlas", key(1)) == ANSWER
    assert kept.here.get("atlas", key(2)) is None
    assert kept.here.get("bible", key(1)) is None


def test_what_is_kept_is_for_its_owner_alone_and_marked_as_no_matter_of_backups(kept):
    kept.here.keep("atlas", key(1), ANSWER)
    assert kept.file().stat().st_mode & 0o777 == 0o600
    assert kept.file().parent.stat().st_mode & 0o777 == 0o700
    assert kept.folder.stat().st_mode & 0o777 == 0o700
    assert (kept.folder / "CACHEDIR.TAG").read_bytes().startswith(b"Signature: 8a477f597d28d172789f06886806bc55")


def test_nothing_is_kept_where_there_is_to_be_no_room(tmp_path):
    none = Kept(tmp_path / "cache", limit=0)
    none.here.keep("atlas", key(1), ANSWER)
    assert none.here.get("atlas", key(1)) is None
    assert not none.folder.exists()


def test_the_room_is_never_exceeded_and_what_was_used_lately_stays(kept):
    for number in range(20):
        kept.here.keep("atlas", key(number), ANSWER)
        old = time.time() - 7200
        os.utime(kept.file(number=number), (old, old))
    for number in range(10):  # used again, so noted
        assert kept.here.get("atlas", key(number)) == ANSWER
    for number in range(20, 82):
        kept.here.keep("bible", key(number), ANSWER)
        assert kept.on_disk() <= kept.limit
    assert kept.here.size <= kept.limit
    there = [kept.here.get("atlas", key(number)) is not None for number in range(20)]
    assert all(there[:10])
    assert not all(there[10:])


def test_an_answer_that_was_made_twice_is_counted_once(kept):
    for _ in range(5):
        kept.process().keep("atlas", key(1), ANSWER)
    assert kept.here.size == kept.on_disk()


def test_answers_of_any_size_find_room(kept):
    for number in range(200):
        kept.here.keep("atlas", key(number), bytes(number * 300))
        assert kept.on_disk() <= kept.limit
        assert kept.process().get("atlas", key(number)) is not None


def test_one_answer_does_not_push_out_all_others(kept):
    kept.here.keep("atlas", key(1), ANSWER)
    kept.here.keep("atlas", key(2), bytes(kept.limit // 2))
    assert kept.here.get("atlas", key(2)) is None
    assert kept.here.get("atlas", key(1)) == ANSWER


def test_what_is_too_old_is_not_served_however_often_it_is_asked_for(kept):
    kept.here.keep("atlas", key(1), ANSWER)
    for _ in range(29):
        kept.ahead += DAY
        assert kept.here.get("atlas", key(1)) == ANSWER
    kept.ahead += 2 * DAY
    assert kept.here.get("atlas", key(1)) is None
    assert kept.files() == []


def test_what_is_too_old_goes_though_nobody_asks_for_it(kept):
    for number in range(80):
        kept.here.keep("atlas", key(number), ANSWER)
    kept.ahead = 31 * DAY
    for _ in range(10):  # any requests for anything
        kept.here.get("bible", key(1))
        kept.ahead += 61
    assert kept.files() == []
    assert kept.here.size == 0


def test_a_clock_that_went_back_by_far_keeps_nothing_for_longer(kept):
    kept.here.keep("atlas", key(1), ANSWER)
    kept.ahead = -3 * DAY
    assert kept.here.get("atlas", key(1)) is None


def _half(file: Path) -> None:
    os.truncate(file, file.stat().st_size // 2)


def _zeroes(file: Path) -> None:
    size = file.stat().st_size
    os.truncate(file, size - 4096)
    os.truncate(file, size)


def _one_bit(file: Path) -> None:
    data = bytearray(file.read_bytes())
    data[-1] ^= 1
    file.write_bytes(data)


def _nothing(file: Path) -> None:
    os.truncate(file, 0)


def _more(file: Path) -> None:
    file.write_bytes(file.read_bytes() + b"more")


@pytest.mark.parametrize("spoil", [_half, _zeroes, _one_bit, _nothing, _more])
def test_a_torn_answer_is_never_served(kept, spoil: Callable[[Path], None]):
    kept.here.keep("atlas", key(1), ANSWER)
    spoil(kept.file())
    assert kept.here.get("atlas", key(1)) is None
    assert kept.files() == []
    kept.here.keep("atlas", key(1), ANSWER)
    assert kept.here.get("atlas", key(1)) == ANSWER


def test_an_answer_under_the_name_of_another_is_never_served(kept):
    kept.here.keep("atlas", key(1), ANSWER)
    kept.here.keep("bible", key(1), b"other")
    shutil.copy(kept.file("bible"), kept.file("atlas"))
    assert kept.here.get("atlas", key(1)) is None


def test_what_a_killed_process_left_half_written_goes(kept):
    kept.here.keep("atlas", key(1), ANSWER)
    left = kept.file().with_name(f".{kept.file().name}.01234567")
    left.write_bytes(ANSWER)
    kept.ahead = 300
    kept.here.get("bible", key(1))
    assert left.exists(), "somebody may still be writing"
    kept.ahead = 700
    kept.here.get("bible", key(1))
    assert not left.exists()
    assert kept.here.get("atlas", key(1)) == ANSWER


def test_foreign_files_are_let_alone_and_never_served(kept):
    kept.here.keep("atlas", key(1), ANSWER)
    file = kept.file()
    notes = [kept.folder / "notes.txt", file.parent / "notes.txt", file.parent / ".notes", file.parent / ("a" * 49)]
    for note in notes:
        note.write_text("mine")
    kept.ahead = 40 * DAY
    for number in range(100):
        kept.here.keep("bible", key(number), ANSWER)
        kept.ahead += 61
    assert [note.read_text() for note in notes] == ["mine"] * 4


def _pipe(file: Path) -> None:
    os.mkfifo(file)


def _link(file: Path) -> None:
    other = file.with_name("elsewhere")
    other.write_bytes(ANSWER)
    file.symlink_to(other)


def _folder(file: Path) -> None:
    file.mkdir()


@pytest.mark.parametrize("put", [_pipe, _link, _folder])
def test_what_is_no_file_in_the_place_of_an_answer_is_no_answer_and_holds_nobody(kept, put: Callable[[Path], None]):
    kept.here.keep("atlas", key(1), ANSWER)
    file = kept.file()
    file.unlink()
    put(file)
    assert kept.here.get("atlas", key(1)) is None
    kept.here.keep("atlas", key(1), ANSWER)
    assert kept.here.get("atlas", key(1)) in (ANSWER, None)


def test_an_object_s_answers_go_with_it(kept):
    for number in range(30):
        kept.here.keep("atlas", key(number), ANSWER)
        kept.here.keep("bible", key(number), ANSWER)
    forget(kept.folder, "atlas")
    assert [kept.here.get("atlas", key(number)) for number in range(30)] == [None] * 30
    assert [kept.here.get("bible", key(number)) for number in range(30)] == [ANSWER] * 30
    assert kept.here.size == kept.on_disk()


def test_the_folder_may_be_deleted_at_any_time(kept):
    other = kept.process()
    for _ in range(3):
        kept.here.keep("atlas", key(1), ANSWER)
        shutil.rmtree(kept.folder)
        assert other.get("atlas", key(1)) is None
        forget(kept.folder, "atlas")
        other.keep("atlas", key(1), ANSWER)
        assert kept.here.get("atlas", key(1)) == ANSWER
    assert kept.told == []


def test_a_home_that_is_not_there_is_not_made(tmp_path):
    kept = Kept(tmp_path / "unmounted" / "cache" / "derivatives")
    kept.here.keep("atlas", key(1), ANSWER)
    assert kept.here.get("atlas", key(1)) is None
    assert not (tmp_path / "unmounted").exists()


def test_a_lost_tally_is_made_anew_and_the_room_still_not_exceeded(kept):
    for number in range(60):
        kept.here.keep("atlas", key(number), ANSWER)
    (kept.folder / "tally").write_bytes(b"torn")
    for number in range(60, 200):
        kept.process().keep("atlas", key(number), ANSWER)
        assert kept.on_disk() <= kept.limit
    assert kept.here.get("atlas", key(199)) == ANSWER


def test_nobody_waits_for_whoever_clears_up(kept):
    for number in range(60):
        kept.here.keep("atlas", key(number), ANSWER)
    with (kept.folder / "tally").open("rb") as tally:
        fcntl.flock(tally, fcntl.LOCK_EX)
        for number in range(60, 200):
            kept.here.keep("atlas", key(number), ANSWER)
        assert kept.on_disk() <= kept.limit
    kept.here.keep("atlas", key(200), ANSWER)
    assert kept.here.get("atlas", key(200)) == ANSWER


@pytest.mark.parametrize("obstacle", ["cache", "folder"])
def test_a_file_in_the_place_of_a_folder_is_told_of_once_in_a_while(kept, obstacle):
    if obstacle == "cache":
        kept.folder.write_text("mine")
    else:
        kept.folder.mkdir()
        (kept.folder / key(1)[:2]).write_text("mine")
    for _ in range(20):
        kept.here.keep("atlas", key(1), ANSWER)
        assert kept.here.get("atlas", key(1)) is None
    assert [error.errno for error in kept.told] in ([errno.ENOTDIR], [errno.EEXIST])
    kept.ahead = 601
    kept.here.keep("atlas", key(1), ANSWER)
    assert len(kept.told) == 2


@contextmanager
def _small_disk(folder: Path) -> Iterator[None]:
    """Make every file system of this process full: a tiny one if we may mount, else no file may grow."""
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(folder)], capture_output=True, check=False
    )
    if mounted.returncode == 0:
        try:
            yield
        finally:
            subprocess.run(["umount", str(folder)], check=True)
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (8192, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_full_disk_keeps_nothing_more_and_is_told_of_once(tmp_path):
    with _small_disk(tmp_path / "disk"):
        kept = Kept(tmp_path / "disk" / "cache")
        for number in range(90):
            kept.here.keep("atlas", key(number), ANSWER)
            kept.ahead += 11  # past the rest that it takes after a refusal
        assert [error.errno for error in kept.told] == [kept.told[0].errno] * 2
        assert kept.told[0].errno in (errno.ENOSPC, errno.EFBIG)
        assert [path for path in kept.files() if path.name.startswith(".")] == []
        found = [kept.here.get("atlas", key(number)) for number in range(90)]
        assert set(found) <= {ANSWER, None}
        assert found[-1] is None


def _keep_many(folder: Path, limit: int, seed: int) -> None:
    here = Derivatives(folder, limit, 30 * DAY)
    for number in range(400):
        answer = str(number % 150).encode() * (500 + 37 * seed)
        here.keep("atlas", key(number % 150), answer)
        found = here.get("atlas", key((number * 7 + seed) % 150))
        assert found is None or set(found) <= set(b"0123456789")


def test_several_processes_write_and_clear_up_at_once_within_the_room(kept):
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=_keep_many, args=(kept.folder, kept.limit // 4, seed)) for seed in range(4)]
    for writer in writers:
        writer.start()
    most = 0
    while any(writer.is_alive() for writer in writers):
        most = max(most, kept.on_disk())
    for writer in writers:
        writer.join(60)
    assert [writer.exitcode for writer in writers] == [0] * 4
    # Each of the four may have one answer under way that the others do not know of.
    assert most <= kept.limit // 4 + 4 * kept.limit // 4 // 16
    assert [path for path in kept.files() if path.name.startswith(".")] == []


_WRITER = """
import sys
from pathlib import Path
from image.derivatives import Derivatives
from tests.image.test_derivatives import key
here = Derivatives(Path(sys.argv[1]), 64 << 20, 86400)
print("begun", flush=True)
while True:
    for number in range(40):
        here.keep("atlas", key(number), bytes([number]) * 2_000_000)
"""


def test_a_process_killed_while_it_writes_leaves_nothing_torn(kept):
    kept.limit = 64 * MEGABYTE
    for _ in range(5):
        with subprocess.Popen([sys.executable, "-c", _WRITER, str(kept.folder)], stdout=subprocess.PIPE) as writer:
            assert writer.stdout is not None
            assert writer.stdout.readline() == b"begun\n"
            while not list(kept.folder.glob("*/.*")) and writer.poll() is None:
                pass
            writer.send_signal(signal.SIGKILL)
        here = kept.process()
        for number in range(40):
            assert here.get("atlas", key(number)) in (None, bytes([number]) * 2_000_000)
    kept.ahead = 700
    here = kept.process()
    for _ in range(10):
        here.get("atlas", key(1))
        kept.ahead += 61
    assert list(kept.folder.glob("*/.*")) == []
