"""What another image server calls our pictures."""

import pytest

from lectern.catalogue import BY_TIME, CanvasRow
from lectern.elsewhere import check_pattern, name_elsewhere
from lectern.errors import ConfigurationError
from lectern.ids import ImageId
from lectern.settings import Settings, load_settings

IMAGE = ImageId("ms~b.12", 7)


@pytest.mark.parametrize(
    ("pattern", "name"),
    [
        ("{image}", "ms~b.12-7"),
        ("{image}.tif", "ms~b.12-7.tif"),
        ("{object}/{n:04}.tif", "ms~b.12%2F0007.tif"),
        ("{file}", "1f%2Fms%2Fx.tif"),
        ("books/{object};{n}?", "books%2Fms~b.12%3B7%3F"),
    ],
)
def test_a_name_is_one_segment_of_a_url(pattern, name):
    assert name_elsewhere(pattern, IMAGE, "1f/ms/x.tif") == name


def test_a_picture_without_a_file_has_no_name_by_its_file():
    for file in (None, "store:scans/7.tif"):  # one that lies at a source has none in the home
        assert name_elsewhere("{file}", IMAGE, file) is None
    assert name_elsewhere("{image}", IMAGE, None) == "ms~b.12-7"


@pytest.mark.parametrize(
    "pattern", ["", "all.tif", "{n}.tif", "{object}.tif", "{image", "{}", "{page}", "{image.secret}"]
)
def test_a_pattern_that_names_no_picture_is_refused(pattern):
    with pytest.raises(ValueError, match=r"needs|holds"):
        check_pattern(pattern)


@pytest.mark.parametrize("address", ["ftp://a/iiif", "iiif", "http:///iiif", "http://a/iiif?b=c", "http://u:p@a/iiif"])
def test_an_address_that_is_none_is_refused_by_name(tmp_path, monkeypatch, address):
    monkeypatch.setenv("LECTERN_IMAGE_SERVER", address)
    with pytest.raises(ConfigurationError, match=r"IMAGE_SERVER|image_server"):
        load_settings(tmp_path)


def test_which_canvases_have_pictures_elsewhere():
    assert not Settings().pictures_elsewhere
    assert Settings(image_server="http://127.0.0.1:8301/iiif/").image_server == "http://127.0.0.1:8301/iiif"
    assert Settings(image_server="http://127.0.0.1:8301/iiif").pictures_elsewhere
    assert not Settings(image_server="http://127.0.0.1:8301/iiif", image_server_name="{file}").pictures_elsewhere


def test_a_recording_has_no_picture_anywhere():
    page, recording = CanvasRow(1, "/c", 9, 9), CanvasRow(2, "/c", 9, 9, scale_by=BY_TIME)
    assert [page.has_picture(elsewhere) for elsewhere in (False, True)] == [False, True]
    assert [recording.has_picture(elsewhere) for elsewhere in (False, True)] == [False, False]
    assert CanvasRow(3, "/c", 9, 9, image="a.tif").has_picture(elsewhere=False)
