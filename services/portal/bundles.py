"""The viewers' bundles: npm packages served as they are, each from one folder and nowhere else."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Bundle:
    """One viewer: `key` in our URLs, its npm `package`, and the `entry` file that must be there to start it.

    `inside` is the folder of the package whose files are served.
    """

    key: str
    title: str
    package: str
    entry: str
    inside: str = "dist"

    def folder(self, packages: Path) -> Path:
        """Return the one folder whose files are served."""
        return packages / self.package / self.inside

    def installed(self, packages: Path) -> bool:
        """Return whether the viewer can be started."""
        return (self.folder(packages) / self.entry).is_file()


MIRADOR = Bundle("mirador", "Mirador", "mirador", "mirador.min.js")
# It is given the version 2 manifest: it throws (and goes on) at the Image 3.0 service of a restricted page.
UNIVERSAL_VIEWER = Bundle("uv", "Universal Viewer", "universalviewer", "umd/UV.js")
OPENSEADRAGON = Bundle("openseadragon", "OpenSeadragon", "openseadragon", "openseadragon.min.js", "build/openseadragon")
LEAFLET = Bundle("leaflet", "Leaflet", "leaflet", "leaflet.js")
LEAFLET_IIIF = Bundle("leaflet-iiif", "Leaflet-IIIF", "leaflet-iiif", "leaflet-iiif.js", ".")
VIEWERS = {bundle.key: bundle for bundle in (MIRADOR, UNIVERSAL_VIEWER)}  # what an object's page offers
BUNDLES = VIEWERS | {bundle.key: bundle for bundle in (OPENSEADRAGON, LEAFLET, LEAFLET_IIIF)}
