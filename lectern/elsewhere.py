"""What another image server calls our pictures: a pattern of the operator's, filled in."""

from urllib.parse import quote

from lectern.ids import ImageId
from lectern.picture_sources import parse_reference

OF_FILE = "{file}"
_SAMPLE = ImageId("book", 12)


def name_elsewhere(pattern: str, image: ImageId, file: str | None) -> str | None:
    """Return the identifier of an image at another server as it stands in a URL: one segment, percent-encoded.

    `pattern` holds `{image}`, `{object}`, `{n}` (also `{n:04}`) or `{file}`, the picture's path under the home's
    images folder; None where a picture that has no file there is asked for it.
    """
    if OF_FILE in pattern and (file is None or parse_reference(file) is not None):
        return None
    return quote(pattern.format(image=image, object=image.object, n=image.n, file=file), safe="")


def check_pattern(pattern: str) -> None:
    """Raise ValueError for a pattern that cannot be filled in, or that would call two pictures alike."""
    try:
        names = {name_elsewhere(pattern, image, f"{image}.tif") for image in (_SAMPLE, ImageId("book", 2))}
        other = name_elsewhere(pattern, ImageId("issue", 12), "issue.tif")
    except (KeyError, IndexError, AttributeError, ValueError) as error:
        raise ValueError("holds {image}, {object}, {n} or {file}, and nothing else in braces") from error
    if len(names | {other}) < 3:
        raise ValueError("needs {image}, {file}, or {object} and {n}, so that every picture has a name of its own")
