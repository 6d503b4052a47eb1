"""The files of an object, wherever they lie: at a path, with the pictures there or at a source of the settings."""

from pathlib import Path

from ingest.origins import origin_of
from ingest.scratch import Scratch
from ingest.survey import Survey, survey
from ingest.wishes import Wishes
from lectern.home import Home


def origin_wished(source: Path, wishes: Wishes) -> str:
    """Return how the place that an object is made from is told and known again."""
    pictures = wishes.pictures
    return pictures.text if pictures is not None and source == Path(pictures.text) else origin_of(source)


def found_at(source: Path, home: Home, scratch: Scratch, wishes: Wishes) -> Survey:
    """Return the files of an object: those at a path, and its pictures at a source if that is wished.

    A path that is where the pictures are has no files of its own. Raises InputError.
    """
    pictures = wishes.pictures
    if pictures is None:
        return survey(source, home.path, scratch, wishes.largest)
    if source != Path(pictures.text):
        return survey(source, home.path, scratch, wishes.largest, pictures.take_into)
    found = Survey(wishes.name or pictures.name)
    pictures.take_into(found)
    return found
