"""Debian's iipsrv behind nginx and Lectern's verdict."""

import json
from urllib.request import urlopen

import pytest

from image.pyramid import Pixels, make_pyramid_of_pixels
from tests.iipsrv import plain_iipsrv

pytestmark = pytest.mark.nginx


def test_an_iipsrv_without_a_gate_gives_its_images_to_everybody(tmp_path):
    """What the gate is for, and what our own pixels are measured beside."""
    (tmp_path / "images").mkdir()
    make_pyramid_of_pixels(Pixels(bytes(600 * 600), 600, 600, 1, 600), tmp_path / "images" / "a.tif")
    with plain_iipsrv(tmp_path / "images", tmp_path / "run") as plain:
        assert len(set(plain.pids)) == 3
        with urlopen(f"{plain.url}/iiif/a.tif/info.json", timeout=20) as info:
            assert json.load(info)["width"] == 600
        with urlopen(f"{plain.url}/iiif/a.tif/full/300,/0/default.jpg", timeout=20) as picture:
            assert picture.read(2) == b"\xff\xd8"
