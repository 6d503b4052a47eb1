"""What the head of a picture file says, without its pixels."""

from pathlib import Path

from image.engine import vips
from lectern.errors import InputError

_SIDEWAYS = 5  # EXIF orientations from here on turn the picture by a quarter


def picture_size(source: Path, page: int = 0) -> tuple[int, int]:
    """Return width and height in pixels of a picture as it is looked at; `page` counts a file's images from 0.

    Raises InputError for a file that no decoder knows.
    """
    options = {"page": page} if page else {}
    try:
        # Through a Source: the loader that takes a name would read `page[2].jpg` as a name with options.
        image = vips().Image.new_from_source(vips().Source.new_from_file(str(source)), "", **options)
        sideways = image.get_typeof("orientation") and image.get("orientation") >= _SIDEWAYS
    except vips().Error as error:
        raise InputError(
            f"{source.name} is no picture that can be decoded.",
            "Open it in an image viewer: if it is torn, copy or scan it again.",
        ) from error
    return (image.height, image.width) if sideways else (image.width, image.height)
