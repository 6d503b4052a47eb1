"""Which picture an identifier names, and under which policy it lies."""

from dataclasses import dataclass
from pathlib import Path

from auth.policies import Policies
from auth.policy import Policy
from auth.rules import Rules
from image.info import Picture
from image.pyramid import TILE, ensure_reduced
from image.raster import open_raster
from lectern.catalogue import CanvasRow, ObjectRow
from lectern.errors import NotFound
from lectern.ids import ImageId
from services.context import Context


@dataclass(frozen=True, slots=True)
class Resource:
    """One image service: a picture of the catalogue, whole or as the tier that the policy of its page names."""

    image: ImageId
    object: ObjectRow
    canvas: CanvasRow
    rules: Rules
    pyramid: Path
    max_pixels: int

    @property
    def policy(self) -> Policy:
        """Return the policy of the picture's page."""
        return self.rules.of(self.image.n)

    @property
    def degraded(self) -> ImageId | None:
        """Return the id of the version open to everybody, None if the policy has none."""
        tier = self.policy.tier
        return None if tier is None else ImageId(self.image.object, self.image.n, tier)

    @property
    def edition(self) -> str:
        """Return what, besides the request, the pixels are a function of; part of every ETag."""
        scale = self.policy.substitute.max_scale if self.image.tier and self.policy.substitute else 1
        return f"{self.image} {self.object.generation} {self.object.modified} {scale!r}"

    def raster_file(self) -> Path:
        """Return the one file this resource is rendered from: for a tier its reduced raster (TH-62)."""
        if self.image.tier is None or self.policy.substitute is None:
            return self.pyramid
        return ensure_reduced(self.pyramid, self.image.tier, self.policy.substitute.max_scale)

    def picture(self) -> Picture:
        """Return what info.json announces; a tier has the full width and height (viewers.md rule 19)."""
        tile = open_raster(self.raster_file()).tile
        return Picture(self.canvas.width, self.canvas.height, tile, self.max_pixels)


def find_resource(context: Context, policies: Policies, image: ImageId) -> Resource:
    """Return what an identifier names; raises NotFound for objects, canvases and tiers there are not.

    A canvas without a picture has no image either (TH-58).
    """
    row = context.catalogue.find(image.object)
    canvas = context.catalogue.canvas(row.id, image.n) if row else None
    if row is None or canvas is None or canvas.image is None:
        raise absent()
    rules = policies.rules(row.id, row.policy)
    if image.tier is not None and image.tier != rules.of(image.n).tier:
        raise absent()
    # A limit below one tile would refuse the very tiles that info.json lists.
    limit = max(context.settings.max_pixels, TILE * TILE)
    return Resource(image, row, canvas, rules, context.home.images / canvas.image, limit)


def absent() -> NotFound:
    """Return the error of an image that is not there, or that the reader may not know to be (TH-85)."""
    return NotFound("There is no such image.", "The manifest of its object lists the images.")
