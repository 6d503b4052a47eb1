"""Which picture an identifier names, under which policy it lies, and who asks for it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from auth.policies import Policies
from auth.policy import Policy
from auth.rules import Rules
from image.borrowed import Borrowed
from image.info import Picture
from image.pyramid import TILE, ensure_reduced, is_reduced, reduced_path, reduced_size, tile_side
from image.request import BadImageRequest
from image.stored import open_pyramid
from image.watermark import mark_of
from lectern.catalogue import CanvasRow, ObjectRow
from lectern.errors import NotFound
from lectern.ids import ImageId, parse_image_id
from lectern.noted import LOOKUPS
from lectern.picture_sources import parse_reference
from lectern.urls import ImageVersion
from services.asker import Asker, Shown
from services.caching import tier_cache_headers
from services.capabilities import Capabilities
from services.context import Context
from services.credentials import address_in
from services.gate import Gate
from services.image.elsewhere import Elsewhere
from services.rows import Remembered, Rows

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

_MOST_KNOWN = 4096


@dataclass(frozen=True, slots=True)
class Resource:
    """One image service: a picture of the catalogue, whole or as the tier that the policy of its page names."""

    image: ImageId
    object: ObjectRow
    canvas: CanvasRow
    rules: Rules
    pyramid: Path
    max_pixels: int
    elsewhere: Elsewhere
    fetch: Callable[[], Borrowed] | None = None  # what brings a picture that lies at a source
    version: str = ""  # of a picture that came from a source

    @property
    def policy(self) -> Policy:
        """Return the policy of the picture's page."""
        return self.rules.of(self.image.n)

    @property
    def degraded(self) -> ImageId | None:
        """Return the id of the version open to everybody, None if the policy has none."""
        tier = self.policy.tier
        return None if tier is None else ImageId(self.image.object, self.image.n, tier)

    def here(self) -> "Resource":
        """Return the same with its picture at hand for as long as one request lasts.

        One that lies at a source is fetched: whoever asks has the reader's verdict. Raises NotFound, StoreUnavailable
        and Overloaded as Borrowing does.
        """
        if self.fetch is None:
            return self
        borrowed = self.fetch()
        return replace(self, pyramid=borrowed.path, version=borrowed.version, fetch=None)

    @property
    def edition(self) -> str:
        """Return what, besides the request, the pixels are a function of; part of every ETag."""
        rule = self.policy.substitute if self.image.tier else None
        made = "1" if rule is None else f"{rule.max_scale!r} {mark_of(rule.watermark)}".strip()
        return f"{self.image} {self.object.generation} {self.object.modified} {made} {self.version}".strip()

    @property
    def raster_size(self) -> tuple[int, int]:
        """Return width and height of what is rendered from, if the picture is as large as its canvas; opens none."""
        width, height = self.canvas.width, self.canvas.height
        if self.image.tier is None or self.policy.substitute is None:
            return width, height
        return reduced_size(width, height, self.policy.substitute.max_scale)

    @property
    def raster_to_make(self) -> bool:
        """Return whether `raster_file` would first make it of the picture: a tier's that is not there, or too old."""
        tier, rule = self.image.tier, self.policy.substitute
        if tier is None or rule is None or self.canvas.image is None:
            return False
        return not is_reduced(self.pyramid, reduced_path(self.pyramid, tier, rule.max_scale, rule.watermark))

    def raster_file(self) -> Path:
        """Return the one file this resource is rendered from: for a tier its reduced raster (TH-62).

        Raises InputError for a picture that only another image server has, which gives it itself.
        """
        in_home = self.canvas.image is not None
        if self.image.tier is None or self.policy.substitute is None:
            if not in_home:
                raise BadImageRequest("The image server does not give this form.", "Ask for jpg in whole pixels.")
            return self.pyramid
        scale, watermark = self.policy.substitute.max_scale, self.policy.substitute.watermark
        if in_home:
            return ensure_reduced(self.pyramid, self.image.tier, scale, watermark)
        size = self.canvas.width, self.canvas.height
        whole = ImageId(self.image.object, self.image.n)
        return self.elsewhere.reduced(whole, self.policy.substitute, self.pyramid, size)

    def described(self, version: ImageVersion) -> dict[str, Any] | None:
        """Return the info.json of the image server that gives this picture; None where we do, as all tiers (IMX-02)."""
        if self.image.tier is not None:
            return None
        return self.elsewhere.info(self.image, self.canvas.image, version)

    def picture(self, *, tells_all: bool) -> Picture:
        """Return what info.json announces; a tier has the full width and height (viewers.md rule 19).

        The rights are told where the manifest tells them to everybody; the label is in every manifest. A picture at a
        source is not fetched for that, and a tier not made: info.json is open to some who may not see the picture.
        """
        if self.image.tier is None and parse_reference(self.canvas.image) is None:
            tile = open_pyramid(self.raster_file()).tile
        else:
            tile = tile_side(*self.raster_size)
        label, rights = self.object.label or self.object.id, self.object.rights if tells_all else ""
        return Picture(self.canvas.width, self.canvas.height, tile, self.max_pixels, label, rights)


class _Known(NamedTuple):
    """What identifiers name while neither a row nor a policy changes."""

    rows: Rows
    policies: Policies
    found: dict[str, Resource]


class Resources:
    """Finds what identifiers name, and who asks for it: for info.json and pixels alike."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._gate = Gate(context)
        self._rows = Remembered()
        self._known: _Known | None = None
        self.capabilities = Capabilities(context)
        self._elsewhere = Elsewhere(context.settings)
        # A limit below one tile would refuse the very tiles that info.json lists.
        self._max_pixels = max(context.settings.max_pixels, TILE * TILE)

    def find(self, text: str, environ: "WSGIEnvironment", token_version: int | None = None) -> tuple[Resource, Asker]:
        """Return what an identifier names, after one decoding of the path, and who asks for it.

        Raises NotFound in the very same words for what is not there, what is spelt in another way, and what is hidden
        from this reader (TH-58, TH-85).
        """
        name, capability = self.capabilities.split(text)
        image = parse_image_id(name)
        if image is None:
            raise absent()
        shown = None if capability is None else Shown(image, capability)
        where = address_in(environ, self._context.settings.trusted_proxies)
        asker = self._gate.asker_in(environ, where, token_version, shown)
        found = self._resource(asker, image, name)
        if asker.stranger(found.rules, image.n).manifest == "hidden" and _hides(found, asker):
            raise absent()
        return found, asker

    def named(self, image: ImageId, asker: Asker) -> Resource:
        """Return what an identifier names, for an asker of whom it is known that he may see it; raises NotFound."""
        return self._resource(asker, image, str(image))

    def _resource(self, asker: Asker, image: ImageId, name: str) -> Resource:
        """Return what an identifier, spelt as `name`, names: worked out once until a row or a policy changes."""
        rows, known = self._rows.now(self._context.catalogue), self._known
        if known is None or known.rows is not rows or known.policies is not asker.policies:
            self._known = known = _Known(rows, asker.policies, {})
        found = known.found.get(name)
        if found is not None:
            LOOKUPS.add("rows", "hit")
        else:
            found = self._looked_up(rows, asker, image)
            if len(known.found) >= _MOST_KNOWN:
                known.found.clear()
            known.found[name] = found
        return found

    def _looked_up(self, rows: Rows, asker: Asker, image: ImageId) -> Resource:
        """Return what an identifier names; raises NotFound for objects, canvases and tiers there are not.

        A canvas without a picture, here or elsewhere, has no image either (TH-58).
        """
        row = rows.find(image.object)
        canvas = rows.canvas(row.id, image.n) if row else None
        if row is None or canvas is None or not canvas.has_picture(self._context.settings.pictures_elsewhere):
            raise absent()
        rules = asker.rules(row)
        if image.tier is not None and image.tier != rules.of(image.n).tier:
            raise absent()
        pyramid, source = self._pyramid(row, canvas), parse_reference(canvas.image)
        fetch = None if source is None else partial(self._context.borrowed.get, source)
        return Resource(image, row, canvas, rules, pyramid, self._max_pixels, self._elsewhere, fetch)

    def _pyramid(self, row: ObjectRow, canvas: CanvasRow) -> Path:
        """Return where the pyramid of a canvas is, or would be: what is made of it lies beside."""
        if canvas.image is not None:
            return self._context.home.images / canvas.image
        return self._context.home.image_folder(row.id) / f"elsewhere-{canvas.n}-{row.generation}.tif"


def _hides(found: Resource, asker: Asker) -> bool:
    """Return whether an image is hidden from a reader, by a capability in its URL and without that."""
    rules, n = found.rules, found.image.n
    return all(each.verdict(rules, n).manifest == "hidden" for each in (asker, asker.without_capability()))


def caching(found: Resource, asker: Asker, seconds: int) -> dict[str, str]:
    """Return the caching headers of what is shown of an image (TH-72 to TH-74)."""
    stranger = asker.stranger(found.rules, found.image.n)
    return tier_cache_headers(found.policy, stranger, found.image.tier, asker.now, max_age=seconds)


def absent() -> NotFound:
    """Return the error of an image that is not there, or that the reader may not know to be (TH-85)."""
    return NotFound("There is no such image.", "The manifest of its object lists the images.")
