"""The manifest that an object was made with, kept as it came, so that it can be had again with our services."""

import gzip
import json
import zlib
from contextlib import suppress
from typing import Any

from ingest.origins import known_origin
from ingest.store import file_of, write_whole
from lectern.errors import InputError
from lectern.home import Home


def keep_document(home: Home, object_id: str, document: Any) -> None:
    """Keep the manifest that was given with an object's files; None forgets that of the time before. Raises OSError."""
    place = home.given_manifest(object_id)
    if document is None:
        place.unlink(missing_ok=True)
    else:
        write_whole(place, gzip.compress(json.dumps(document).encode(), mtime=0))


def kept_document(home: Home, object_id: str) -> Any:
    """Return the manifest that an object was made with, given with its files or harvested; raises InputError."""
    from ingest.harvest import parse

    with suppress(OSError, EOFError, zlib.error):
        return parse(gzip.decompress(home.given_manifest(object_id).read_bytes()), f"The manifest of {object_id}")
    harvested = file_of(home.ocr_folder(object_id), known_origin(home, object_id))
    if harvested.is_file():
        return parse(harvested, f"The manifest of {object_id}")
    raise InputError(
        f"There is no manifest from elsewhere of {object_id}.",
        "Ingest it with --manifest, or harvest it; objects of earlier releases have to be once more.",
    )
