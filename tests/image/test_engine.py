"""libvips as it is set up, and the memory that pictures take in a process."""

import subprocess
import sys

from tests.conftest import ROOT
from tests.image.conftest import noise

_THREADS_AT_PICTURES = """
import ctypes, sys, threading
from image.engine import share_heap

if sys.argv[1] == "shared":
    share_heap()
libc = ctypes.CDLL(None)
libc.malloc.restype = ctypes.c_void_p
libc.malloc.argtypes = [ctypes.c_size_t]
together = threading.Barrier(4)

def work():
    for _ in range(100):
        libc.malloc(5000)
    together.wait()
    for _ in range(100):
        libc.malloc(5000)

threads = [threading.Thread(target=work) for _ in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
libc.fopen.restype = ctypes.c_void_p
stream = libc.fopen(b"/dev/stdout", b"w")
libc.malloc_info(0, ctypes.c_void_p(stream))
libc.fflush(ctypes.c_void_p(stream))
"""


def _heaps(how: str) -> int:
    command = [sys.executable, "-c", _THREADS_AT_PICTURES, how]
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60)
    return done.stdout.count("<heap nr=")


def test_threads_share_one_heap_once_told_to():
    assert _heaps("apart") > 1
    assert _heaps("shared") == 1


_TOGETHER = """
import sys, threading
from pathlib import Path
from image.headers import picture_size
from lectern.errors import InputError

found, start = [], threading.Barrier(8)

def look():
    start.wait()
    try:
        found.append(picture_size(Path(sys.argv[1])))
    except InputError as error:
        found.append(error.detail)

threads = [threading.Thread(target=look) for _ in range(8)]
for thread in threads: thread.start()
for thread in threads: thread.join()
print(set(found))
"""


def test_the_first_pictures_of_a_process_may_be_opened_by_several_threads_at_once(tmp_path):
    picture = tmp_path / "page.png"
    noise(60, 40).pngsave(str(picture))
    for _ in range(5):
        command = [sys.executable, "-c", _TOGETHER, str(picture)]
        done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
        assert done.stdout.strip() == "{(60, 40)}"
