"""The other image server that has the pictures: its info.json, and the small pictures that tiers are made of.

It is asked within limits of size and of time over all, from the connection to the last byte, and led nowhere else; by
half of a process's threads at most. The others wait for a moment for their turn, and for some seconds after one waited
in vain they do not; a server that kept us waiting in vain is not asked for some seconds. So a slow one holds up those
who want its pictures, and nobody else. What many want at once is fetched once.
"""

import secrets
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from threading import BoundedSemaphore, Lock
from typing import Any
from weakref import WeakValueDictionary

import orjson

from auth.policy import Substitute
from image.headers import picture_size
from image.pyramid import make_pyramid, reduced_path, reduced_size
from lectern.elsewhere import name_elsewhere
from lectern.errors import InputError, NotFound, Overloaded, StoreUnavailable
from lectern.ids import ImageId
from lectern.settings import Settings
from lectern.spans import carried, step
from lectern.urls import ImageVersion

_IDLE_SECONDS = 3.0  # to connect, and for the next bytes
_IN_ALL_SECONDS = 10.0  # from before the connection to the last byte
_DOWN_SECONDS = 5.0  # in which a server that kept us waiting in vain is not asked
_INFO_BYTES = 64 << 10
_PICTURE_BYTES = 64 << 20
_ACCEPT = {"Accept": "application/ld+json, application/json;q=0.9, */*;q=0.5"}
_PATIENCE_SECONDS = 2.0  # for a turn
_HASTE_SECONDS = 5.0  # in which nobody waits for a turn, after one waited in vain
_KEPT_SECONDS = 60.0
_MOST = 2000

Json = dict[str, Any]


class _Turn:
    """The turn to fetch one thing; forgotten when nobody wants it."""

    def __init__(self) -> None:
        self.lock = Lock()


class Elsewhere:
    """Asks the server that the settings name. Raises StoreUnavailable where it does not answer as it should."""

    def __init__(self, settings: Settings, elapsed: Callable[[], float] = time.monotonic) -> None:
        self._base = settings.image_server
        self._pattern = settings.image_server_name
        self._contact = settings.contact
        self._elapsed = elapsed
        self._places = BoundedSemaphore(max(1, settings.threads // 2))
        self._known: dict[str, tuple[Json, float]] = {}
        self._wanted: WeakValueDictionary[str, _Turn] = WeakValueDictionary()
        self._wanting = Lock()
        self._hasty_until = self._down_until = 0.0

    def info(self, image: ImageId, file: str | None, version: ImageVersion) -> Json | None:
        """Return the server's own info.json of an image, at most a minute old; None if no other server has it.

        Raises NotFound for a picture that the server does not know.
        """
        name = name_elsewhere(self._pattern, image, file) if self._base else None
        if name is None:
            return None
        url = f"{self._address(version)}/{name}/info.json"
        if kept := self._kept(url):
            return kept
        with self._alone(url):
            return self._kept(url) or self._asked(url)

    def _kept(self, url: str) -> Json | None:
        document, since = self._known.get(url, ({}, 0.0))
        return document if document and self._elapsed() - since < _KEPT_SECONDS else None

    def _asked(self, url: str) -> Json:
        try:
            found = orjson.loads(self._fetched(url, _INFO_BYTES))
        except orjson.JSONDecodeError as error:
            raise _no_answer("what it says is no JSON") from error
        if not isinstance(found, dict):
            raise _no_answer("what it says is no info.json")
        if len(self._known) >= _MOST:
            self._known.clear()
        self._known[url] = found, self._elapsed()
        return found

    def reduced(self, image: ImageId, rule: Substitute, pyramid: Path, size: tuple[int, int]) -> Path:
        """Return the reduced raster of a tier (TH-62), made of the server's own small picture if it is not there.

        `size` is the picture's own; `pyramid` names the edition that the raster belongs to, and is no file.
        """
        target = reduced_path(pyramid, rule.tier, rule.max_scale, rule.watermark)
        if target.is_file():
            return target
        with self._alone(str(target)):
            return target if target.is_file() else self._made(image, rule, target, size)

    def jpeg(self, image: ImageId, size: tuple[int, int]) -> bytes:
        """Return a picture in a size as the server gives it; raises NotFound for one that it does not know."""
        name = name_elsewhere(self._pattern, image, None)
        return self._fetched(f"{self._address(2)}/{name}/full/{size[0]},{size[1]}/0/default.jpg", _PICTURE_BYTES)

    def _made(self, image: ImageId, rule: Substitute, target: Path, size: tuple[int, int]) -> Path:
        width, height = reduced_size(*size, rule.max_scale)
        name = name_elsewhere(self._pattern, image, None)
        url = f"{self._address(2)}/{name}/full/{width},{height}/0/default.jpg"
        beside = target.with_name(f"{target.stem}.{secrets.token_hex(8)}.jpg")
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            beside.write_bytes(self._fetched(url, _PICTURE_BYTES))
            shown = picture_size(beside)
            if shown != (width, height):  # a larger one would tell more than the tier may
                raise _no_answer(f"its small picture is not {width} by {height} pixels")
            make_pyramid(beside, target, watermark=rule.watermark)
        except (InputError, OSError) as error:
            raise _no_answer("its small picture cannot be kept") from error
        finally:
            beside.unlink(missing_ok=True)
        return target

    def _address(self, version: ImageVersion) -> str:
        return self._base.replace("{version}", str(version))

    @contextmanager
    def _alone(self, what: str) -> Iterator[None]:
        """Hold the one turn to fetch something; those who wanted it too look first whether it is there now."""
        with self._wanting:
            turn = self._wanted.setdefault(what, _Turn())
        with self._held(turn.lock):
            yield

    @contextmanager
    def _held(self, place: "Lock | BoundedSemaphore") -> Iterator[None]:
        """Hold a place, after some patience; raises Overloaded."""
        patience = 0.0 if self._elapsed() < self._hasty_until else _PATIENCE_SECONDS
        if not place.acquire(timeout=patience):
            if patience:
                self._hasty_until = self._elapsed() + _HASTE_SECONDS
            raise Overloaded("Too many ask for pictures of the other image server.", "Ask again in some seconds.")
        try:
            yield
        finally:
            place.release()

    def _fetched(self, url: str, most: int) -> bytes:
        with self._held(self._places):
            return self._got(url, most)

    def _got(self, url: str, most: int) -> bytes:
        from ingest.fetching import Fetcher, Limits
        from ingest.traps import Unreadable

        if self._elapsed() < self._down_until:
            raise _no_answer("it kept us waiting in vain a moment ago")
        limits = Limits(
            file_bytes=most,
            redirects=0,
            idle_seconds=_IDLE_SECONDS,
            file_seconds=_IN_ALL_SECONDS,
            longest_wait=-1.0,  # one that is busy is not waited for
            private=True,  # the operator named it
        )
        began = self._elapsed()
        try:
            with step("image.server"):
                fetcher = Fetcher(limits, agent=self._agent, tls=self._tls)
                return fetcher.get(url, more=_ACCEPT | carried()).body or b""
        except Unreadable as error:
            if error.trap == "fetch-gone":
                raise NotFound("There is no such image.", "The manifest of its object lists the images.") from error
            if self._elapsed() - began >= _IDLE_SECONDS:
                self._down_until = self._elapsed() + _DOWN_SECONDS
            raise _no_answer(error.detail.replace(url, "what it was asked for").rstrip(".")) from error

    @cached_property
    def _agent(self) -> str:
        from ingest.fetching import user_agent

        return user_agent(self._contact)

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        return ssl.create_default_context()


def _no_answer(why: str) -> StoreUnavailable:
    return StoreUnavailable(
        f"The other image server does not answer as it should: {why}.",
        "Look whether it runs, and whether LECTERN_IMAGE_SERVER and LECTERN_IMAGE_SERVER_NAME are as it wants them.",
    )
