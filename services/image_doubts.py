"""What is doubtful about how images are made and kept on this machine, for `lectern check` and the start."""

import os
import shutil
from collections.abc import Iterator

from image.derivatives import Derivatives
from lectern.settings import Settings

_MIB = 1 << 20


def image_doubts(settings: Settings) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with the folder of kept images, or the room for it, each with its remedy."""
    if settings.threads < 2:
        yield (
            "LECTERN_THREADS is 1: while a worker makes a large image, it answers nothing else.",
            "Set it to 4 or more, so that tiles and searches have threads of their own.",
        )
    home, folder = settings.files.path, settings.files.derivatives
    if not settings.derivatives_bytes or not home.is_dir():
        return
    if folder.exists() and not (folder.is_dir() and os.access(folder, os.R_OK | os.W_OK | os.X_OK)):
        yield (
            f"Images that were made cannot be kept in {folder}: each is made anew for everyone who asks.",
            "Delete it, or give it to the account that Lectern runs as; LECTERN_DERIVATIVES_BYTES=0 keeps none.",
        )
        return
    free = shutil.disk_usage(home).free
    wanted = settings.derivatives_bytes - Derivatives(folder, settings.derivatives_bytes, 0).size
    if wanted > free:
        yield (
            f"Kept images may come to take {wanted // _MIB:,} MiB more, and the disk of {home} has {free // _MIB:,} "
            "free: searches, sign-ins and ingests need it too.",
            "Set LECTERN_DERIVATIVES_BYTES lower, or let the folder cache of the home be a link to another disk.",
        )
