"""The viewers' bundles: npm packages served as they are, each from one folder and nowhere else."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from lectern.urls import PresentationVersion

# What viewers load as parts of a page, and the licences that their scripts point to. A page or a picture with scripts
# in it is none: Universal Viewer's own would open any manifest, and run what is in that, under our origin (TH-89).
_PARTS = {
    *(".js", ".mjs", ".json", ".map", ".wasm", ".css", ".txt", ".ttf", ".woff", ".woff2"),
    *(".gif", ".ico", ".jpeg", ".jpg", ".png", ".webp"),
}


@dataclass(frozen=True, slots=True)
class Bundle:
    """What one npm `package` gives: `key` in our URLs, and the `entry` file that must be there to start it.

    `inside` is the folder of the package whose files are served; `style` is the stylesheet among them, if there is one.
    """

    key: str
    package: str
    entry: str
    inside: str = "dist"
    style: str = ""

    def folder(self, packages: Path) -> Path:
        """Return the one folder whose files are served."""
        return packages / self.package / self.inside

    def installed(self, packages: Path) -> bool:
        """Return whether the files are there."""
        return (self.folder(packages) / self.entry).is_file()


@dataclass(frozen=True, slots=True)
class Viewer:
    """A viewer of an object's page: what it is made of, and which version of the manifest it is given.

    `starter` is the name of our own script that starts it.
    """

    key: str
    title: str
    bundles: Sequence[Bundle]
    starter: str
    version: PresentationVersion = 3

    def installed(self, packages: Path) -> bool:
        """Return whether the viewer can be started."""
        return all(bundle.installed(packages) for bundle in self.bundles)

    @property
    def scripts(self) -> list[str]:
        """Return the paths of the bundles' scripts, in the order they are to be run in."""
        return [f"/viewers/{bundle.key}/{bundle.entry}" for bundle in self.bundles]

    @property
    def styles(self) -> list[str]:
        """Return the paths of the bundles' stylesheets."""
        return [f"/viewers/{bundle.key}/{bundle.style}" for bundle in self.bundles if bundle.style]


def is_part(name: str) -> bool:
    """Return whether a file of a bundle is one that viewers load, by the end of its name."""
    return PurePosixPath(name).suffix in _PARTS


_MIRADOR = Bundle("mirador", "mirador", "mirador.min.js")
_UNIVERSAL_VIEWER = Bundle("uv", "universalviewer", "umd/UV.js", style="uv.css")
_OPENSEADRAGON = Bundle("openseadragon", "openseadragon", "openseadragon.min.js", "build/openseadragon")
_LEAFLET = Bundle("leaflet", "leaflet", "leaflet.js", style="leaflet.css")
_LEAFLET_IIIF = Bundle("leaflet-iiif", "leaflet-iiif", "leaflet-iiif.js", ".")
BUNDLES = {each.key: each for each in (_MIRADOR, _UNIVERSAL_VIEWER, _OPENSEADRAGON, _LEAFLET, _LEAFLET_IIIF)}

MIRADOR = Viewer("mirador", "Mirador", [_MIRADOR], "mirador.js")
# It is given the version 2 manifest: it throws (and goes on) at the Image 3.0 service of a restricted page.
UNIVERSAL_VIEWER = Viewer("uv", "Universal Viewer", [_UNIVERSAL_VIEWER], "uv.js", version=2)
OPENSEADRAGON = Viewer("openseadragon", "OpenSeadragon", [_OPENSEADRAGON], "osd.js")
LEAFLET = Viewer("leaflet", "Leaflet-IIIF", [_LEAFLET, _LEAFLET_IIIF], "leaflet.js")
VIEWERS = {viewer.key: viewer for viewer in (MIRADOR, UNIVERSAL_VIEWER, OPENSEADRAGON, LEAFLET)}
