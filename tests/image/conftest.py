"""Pictures made by the tests: random detail down to the single pixel, as the hardest case for a degraded tier."""

from pathlib import Path
from typing import Any

import pytest

from image.engine import vips
from image.pyramid import make_pyramid


def noise(width: int, height: int, seed: int = 1) -> Any:
    """Return a colour picture of random pixels."""
    bands = [vips().Image.gaussnoise(width, height, mean=128, sigma=50, seed=seed + band) for band in range(3)]
    return bands[0].bandjoin(bands[1:]).cast("uchar").copy(interpretation="srgb")


def ramp(width: int, height: int) -> Any:
    """Return a picture whose red grows by x and green by y, both from 0 to 250: a pixel tells where it is from."""
    xy = vips().Image.xyz(width, height)
    red, green = (xy[0] * 250 / (width - 1)), (xy[1] * 250 / (height - 1))
    return red.bandjoin([green, red * 0 + 128]).cast("uchar").copy(interpretation="srgb")


def decoded(data: bytes) -> Any:
    """Return the picture in an answer."""
    return vips().Image.new_from_buffer(data, "").copy_memory()


def difference(left: Any, right: Any) -> float:
    """Return the mean absolute difference of two pictures of one size, in grey levels."""
    return float((left - right).abs().avg())


@pytest.fixture(scope="session")
def noise_pyramid(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("noise")
    noise(1603, 1201).pngsave(str(folder / "page.png"))
    make_pyramid(folder / "page.png", folder / "page.tif")
    return folder / "page.tif"


@pytest.fixture(scope="session")
def ramp_pyramid(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("ramp")
    ramp(2000, 1500).pngsave(str(folder / "page.png"))
    make_pyramid(folder / "page.png", folder / "page.tif")
    return folder / "page.tif"
