"""A home: the one folder that holds everything an installation keeps (DESIGN section 6)."""

from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from lectern.database_server import Server
from lectern.errors import ConfigurationError
from lectern.keys import Keyring

_FOLDERS = ("index", "images", "keys")


def _shelf(object_id: str) -> str:
    """Return the two hex digits that spread objects over folders."""
    return sha256(object_id.encode()).hexdigest()[:2]


@dataclass(frozen=True, slots=True)
class Home:
    """Paths inside a home, and its keys. Creating the object touches nothing on disk.

    With a `server` the catalogue and the state are there, and not in files of the home.
    """

    path: Path
    server: Server | None = None

    @property
    def settings_file(self) -> Path:
        """Return the path of lectern.toml."""
        return self.path / "lectern.toml"

    @property
    def policies_file(self) -> Path:
        """Return the path of policies.toml."""
        return self.path / "policies.toml"

    @property
    def collections_file(self) -> Path:
        """Return the path of collections.toml."""
        return self.path / "collections.toml"

    @property
    def catalogue_file(self) -> Path:
        """Return the path of the catalogue's SQLite file."""
        return self.path / "catalogue.db"

    @property
    def has_catalogue(self) -> bool:
        """Return whether there is a catalogue to look into: whoever only looks makes none."""
        return self.server is not None or self.catalogue_file.is_file()

    @property
    def state_file(self) -> Path:
        """Return the path of the state's SQLite file."""
        return self.path / "state.db"

    @property
    def words(self) -> Path:
        """Return the folder of the operator's own words for readers."""
        return self.path / "words"

    @property
    def counters_file(self) -> Path:
        """Return the path of the counts of the running second; it may be lost at any time."""
        return self.path / "counters"

    @property
    def images(self) -> Path:
        """Return the folder that image paths of the catalogue are relative to."""
        return self.path / "images"

    @property
    def derivatives(self) -> Path:
        """Return the folder of images that were made and are kept; it may be deleted at any time."""
        return self.path / "cache" / "derivatives"

    @property
    def borrowed(self) -> Path:
        """Return the folder of the pictures that lie elsewhere, as they are kept here; it may be lost at any time."""
        return self.path / "cache" / "pictures"

    def pack_file(self, object_id: str, generation: int) -> Path:
        """Return the path of an object's pack in one generation."""
        return self.path / "index" / _shelf(object_id) / f"{object_id}.{generation}.pack"

    def given_manifest(self, object_id: str) -> Path:
        """Return the path of the manifest that was given with an object's files, as it came (gzip)."""
        return self.pack_file(object_id, 0).with_name(f"{object_id}.manifest")

    def parts_folder(self, object_id: str) -> Path:
        """Return the folder of the packs of some pages of an object alone."""
        return self.path / "index" / "parts" / _shelf(object_id) / object_id

    def image_folder(self, object_id: str) -> Path:
        """Return the folder of an object's pyramids and reduced files."""
        return self.images / _shelf(object_id) / object_id

    def ocr_folder(self, object_id: str) -> Path:
        """Return the folder of the files that were harvested for an object."""
        return self.path / "ocr" / _shelf(object_id) / object_id

    def stream_file(self, name: str) -> Path:
        """Return the path of the state of a change stream that is followed."""
        return self.path / "ocr" / "streams" / f"{name}.json"

    def prepare(self) -> None:
        """Make the home's folders where they are missing.

        Raises ConfigurationError when the folder cannot be made or written.
        """
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)  # passwords' hashes and restricted pages
            for name in _FOLDERS:
                (self.path / name).mkdir(parents=True, exist_ok=True)
            (self.path / "keys").chmod(0o700)
        except OSError as error:
            raise ConfigurationError(
                f"The home {self.path} cannot be written: {error.strerror}.",
                "Set LECTERN_HOME to a folder that you own.",
            ) from error

    @property
    def keyring(self) -> Keyring:
        """Return the keys, to be looked at or rotated."""
        return Keyring(self.path / "keys")

    def keys(self, purpose: str) -> tuple[bytes, ...]:
        """Return the secrets for one purpose, oldest to newest; the first is made at first use, for its owner only.

        The newest signs, every one is accepted. Raises ConfigurationError for a key that is none (TH-101).
        """
        keyring = self.keyring
        if not keyring.files(purpose):
            self.prepare()
        return keyring.keys(purpose)

    def key(self, purpose: str) -> bytes:
        """Return the newest secret for one purpose, as `keys` does: for what is never rotated, the only one."""
        return self.keys(purpose)[-1]
