"""libvips, set up in one place and loaded at first use, so after a worker's fork; and the memory it takes."""

import ctypes
import os
from contextlib import suppress
from functools import cache
from threading import Lock
from typing import Any

# The formats that pages come in. Whatever else libvips reads (text as numbers, PDF, SVG, ImageMagick's hundred)
# is no picture here, whatever its name: each loader is one more way in.
_LOADERS = ("Jpeg", "Png", "Tiff", "Webp", "Nsgif", "Jp2k", "Heif")
# M_ARENA_MAX of <malloc.h>; M_MMAP_THRESHOLD: what mosaic.py puts together comes from the heap, what is larger goes
# back to the system at once; M_TRIM_THRESHOLD: room for some of the former is kept.
_HEAP = {-8: 1, -3: 2 << 20, -1: 8 << 20}
_SETTING_UP = Lock()


def vips() -> Any:
    """Return the pyvips module, ready for a service or a builder, in any thread; call it after the fork only.

    One thread an operation (workers are the parallelism), no operation cache (it keeps every picture open
    that was ever asked for: gigabytes within a minute), and no loaders but those of the formats of pages; nor
    any of these that libvips calls unsafe for files of strangers.
    """
    with _SETTING_UP:  # a second thread would find the loaders blocked while the first is at it
        return _set_up()


@cache
def _set_up() -> Any:
    os.environ.setdefault("VIPS_CONCURRENCY", "1")
    import pyvips

    pyvips.cache_set_max(0)
    pyvips.concurrency_set(int(os.environ["VIPS_CONCURRENCY"]))
    pyvips.operation_block_set("VipsForeignLoad", True)
    for loader in _LOADERS:
        pyvips.operation_block_set(f"VipsForeignLoad{loader}", False)
    pyvips.block_untrusted_set(True)
    return pyvips


def share_heap() -> None:
    """Have all threads of this process take memory from one heap; call it before the first of them starts.

    The GNU C library gives every thread a heap of its own and keeps what each has once needed: four threads at
    pictures grow to 280 to 460 MB so, and to 120 in one heap, at the same CPU time. The heap keeps some room for the
    next picture: to give it back and ask for it again costs a millisecond each. Other C libraries are left alone.
    """
    with suppress(OSError, AttributeError):
        for setting, value in _HEAP.items():
            ctypes.CDLL(None).mallopt(setting, value)
