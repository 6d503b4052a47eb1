"""The viewers' bundles: npm packages served as they are, from their `dist` folders and nowhere else."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Bundle:
    """One viewer: `key` in our URLs, its npm `package`, and the `entry` file that must be there to start it."""

    key: str
    title: str
    package: str
    entry: str

    def folder(self, packages: Path) -> Path:
        """Return the one folder whose files are served."""
        return packages / self.package / "dist"

    def installed(self, packages: Path) -> bool:
        """Return whether the viewer can be started."""
        return (self.folder(packages) / self.entry).is_file()


MIRADOR = Bundle("mirador", "Mirador", "mirador", "mirador.min.js")
# It is given the version 2 manifest: it throws (and goes on) at the Image 3.0 service of a restricted page.
UNIVERSAL_VIEWER = Bundle("uv", "Universal Viewer", "universalviewer", "umd/UV.js")
BUNDLES = {bundle.key: bundle for bundle in (MIRADOR, UNIVERSAL_VIEWER)}
