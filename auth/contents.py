"""What a probe can point at: images by their services, and recordings, PDFs, texts by their address."""

from collections.abc import Sequence
from dataclasses import dataclass

from auth.services import Json, LanguageMap


@dataclass(frozen=True, slots=True)
class Content:
    """A content resource as a manifest names it: `type` is Image, Sound, Video, Text, Dataset or Model.

    `services` are what belongs to it: an image service, or the probe of a substitute that is itself restricted
    (AU2-48). Without a probe among them a substitute must really be open to the reader (AU2-44).
    """

    id: str
    type: str
    format: str = ""
    label: LanguageMap | None = None
    services: Sequence[Json] = ()

    def described(self, *, label: bool = True) -> Json:
        """Return it as a `substitute`, or without `label` as a `location` (AU2-43, AU2-46)."""
        found: Json = {"id": self.id, "type": self.type}
        if label and self.label:
            found["label"] = self.label
        if self.format:
            found["format"] = self.format
        if self.services:
            found["service"] = list(self.services)
        return found


def image_content(service: str, label: LanguageMap | None = None) -> Content:
    """Return an image as the content that manifests have: the whole picture, with its service below it.

    `service` is the base URI of the service in version 3 of the Image API.
    """
    described = {"id": service, "type": "ImageService3", "profile": "level2"}
    return Content(f"{service}/full/max/0/default.jpg", "Image", "image/jpeg", label, (described,))
