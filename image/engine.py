"""libvips, set up in one place and loaded at first use, so after a worker's fork."""

import os
from functools import cache
from typing import Any


@cache
def vips() -> Any:
    """Return the pyvips module, ready for a service or a builder; call it after the fork only.

    One thread an operation (workers are the parallelism), no operation cache (it keeps every picture open
    that was ever asked for: gigabytes within a minute), and no loader that libvips calls unsafe for files of
    strangers (SVG, for one, may name other files).
    """
    os.environ.setdefault("VIPS_CONCURRENCY", "1")
    import pyvips

    pyvips.cache_set_max(0)
    pyvips.concurrency_set(int(os.environ["VIPS_CONCURRENCY"]))
    pyvips.block_untrusted_set(True)
    return pyvips
