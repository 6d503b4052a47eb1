"""Every URL of Lectern's outside surface (DESIGN section 4), built from the one public base URL (CSX-01)."""

import re
from dataclasses import dataclass
from typing import Literal
from urllib.parse import quote, urlencode

from lectern.ids import ImageId

PresentationVersion = Literal[2, 3]
SearchVersion = Literal[0, 1, 2]
AuthVersion = Literal[0, 1, 2]
ImageVersion = Literal[2, 3]

_WEB_ADDRESS = re.compile(r"https?://[^\s/]+\S*")
AUTOCOMPLETE = "/autocomplete"  # what a search service's URL has behind it for suggestions


@dataclass(frozen=True, slots=True)
class Urls:
    """Builds absolute URLs; `base` has no trailing slash.

    `declared` is the version of Content Search 1 that manifests declare: 0 for viewers that know 0.9 only (CS0-06).
    `declared_auth` is that of Authentication 1 in manifests and info.json (AU0-01).
    """

    base: str
    declared: Literal[0, 1] = 1
    declared_auth: Literal[0, 1] = 1

    def absolute(self, path_or_url: str) -> str:
        """Return a URL: a path is put behind the base, a URL (a foreign canvas id) stays as it is."""
        return self.base + path_or_url if path_or_url.startswith("/") else path_or_url

    def page(self, object_id: str) -> str:
        """Return the portal's page of an object."""
        return f"{self.base}/objects/{object_id}"

    def reader(self, object_id: str) -> str:
        """Return our own viewer's page of an object."""
        return f"{self.base}/objects/{object_id}/read"

    def manifest(self, object_id: str, version: PresentationVersion = 3) -> str:
        """Return the manifest's id."""
        return f"{self.base}/presentation/{version}/{object_id}/manifest"

    def collection(self, name: str, version: PresentationVersion = 3) -> str:
        """Return a collection's id."""
        return f"{self.base}/presentation/{version}/collections/{quote(name)}"

    def text(self, object_id: str, n: int, version: PresentationVersion = 3) -> str:
        """Return the AnnotationPage (3) or AnnotationList (2) of the lines of canvas `n`."""
        return f"{self._canvas(object_id, n, version)}/text"

    def words(self, object_id: str, n: int, version: PresentationVersion = 3) -> str:
        """Return the AnnotationPage (3) or AnnotationList (2) of the words of canvas `n`."""
        return f"{self._canvas(object_id, n, version)}/words"

    def remarks(self, object_id: str, n: int, version: PresentationVersion = 3) -> str:
        """Return the AnnotationPage (3) or AnnotationList (2) of what is beside the text of canvas `n`."""
        return f"{self._canvas(object_id, n, version)}/annotations"

    def alto(self, object_id: str, n: int) -> str:
        """Return the text of canvas `n` as ALTO, in canvas pixels."""
        return f"{self._canvas(object_id, n, 3)}/alto.xml"

    def hocr(self, object_id: str, n: int) -> str:
        """Return the text of canvas `n` as hOCR, in canvas pixels."""
        return f"{self._canvas(object_id, n, 3)}/hocr.html"

    def plain_text(self, object_id: str) -> str:
        """Return an object's text without boxes."""
        return f"{self.base}/presentation/3/{object_id}/text.txt"

    def pdf(self, object_id: str) -> str:
        """Return an object's pages and words as a PDF."""
        return f"{self.base}/presentation/3/{object_id}/book.pdf"

    def range(self, object_id: str, r: int, version: PresentationVersion = 3) -> str:
        """Return the id of range `r` of an object."""
        return f"{self.base}/presentation/{version}/{object_id}/range/{r}"

    def search(self, object_id: str, version: SearchVersion) -> str:
        """Return the id of the search service of an object."""
        return f"{self.base}/search/{version}/{object_id}"

    def search_canvas(self, object_id: str, n: int, version: SearchVersion) -> str:
        """Return the id of the search service of canvas `n` of an object."""
        return f"{self.search(object_id, version)}/canvas/{n}"

    def search_range(self, object_id: str, r: int, version: SearchVersion) -> str:
        """Return the id of the search service of range `r` of an object."""
        return f"{self.search(object_id, version)}/range/{r}"

    def search_collection(self, name: str, version: SearchVersion) -> str:
        """Return the id of the search service of a collection."""
        return f"{self.base}/search/{version}/collections/{quote(name)}"

    def image(self, image: ImageId, version: ImageVersion) -> str:
        """Return the base URI of an image service, without trailing slash."""
        return f"{self.base}/iiif/{version}/{image}"

    def access(self, policy: str, origin: str | None = None) -> str:
        """Return the access service of a policy, the form or the terms; with an origin, its page for a viewer."""
        query = "" if origin is None else f"?{urlencode({'origin': origin})}"
        return f"{self.base}/auth/access/{quote(policy)}{query}"

    def callback(self, provider: str) -> str:
        """Return the one address that a provider sends readers back to (TH-12, TH-44)."""
        return f"{self.base}/auth/callback/{provider}"

    def signed_out(self, provider: str) -> str:
        """Return the address that a provider sends readers back to who have signed out there."""
        return f"{self.base}/auth/logout/done/{provider}"

    def token(self, policy: str, version: AuthVersion) -> str:
        """Return the token service of a policy in one version of the API."""
        return f"{self.base}/auth/token/{version}/{quote(policy)}"

    def logout(self) -> str:
        """Return the logout service."""
        return f"{self.base}/auth/logout"

    def probe(self, image: ImageId) -> str:
        """Return the probe service of an image."""
        return f"{self.base}/auth/probe/{image}"

    def _canvas(self, object_id: str, n: int, version: PresentationVersion) -> str:
        return (
            f"{self.base}{canvas_path(object_id, n)}"
            if version == 3
            else f"{self.base}/presentation/2/{object_id}/canvas/{n}"
        )


def canvas_path(object_id: str, n: int) -> str:
    """Return the id of one of our own canvases as the catalogue keeps it: a path, so that a move of host keeps it."""
    return f"/presentation/3/{object_id}/canvas/{n}"


def time_fragment(time: tuple[float, float]) -> str:
    """Return the fragment that names a stretch of a recording, start and end in seconds to the millisecond."""
    start, end = (f"{moment:.3f}".rstrip("0").rstrip(".") for moment in time)
    return f"t={start},{end}" if time[1] > time[0] else f"t={start}"


def is_web_address(text: str) -> bool:
    """Return whether a text is a whole address of the web, as IIIF wants for rights, pages and pictures."""
    return _WEB_ADDRESS.fullmatch(text) is not None
