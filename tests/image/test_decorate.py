"""info.json of another image server, as ours: nothing else of it is changed (IMX-03)."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from image.decorate import decorated
from lectern.errors import StoreUnavailable

ID = "https://books.example.org/iiif/2/letters-1"
LOGIN = {"@context": "http://iiif.io/api/auth/1/context.json", "@id": "https://books.example.org/auth/access/members"}
PROBE = {"id": "https://books.example.org/auth/probe/letters-1", "type": "AuthProbeService2"}
# As Debian's iipsrv 1.1 says it, byte for byte but for the host.
IIPSRV: dict[str, Any] = {
    "@context": "http://iiif.io/api/image/2/context.json",
    "@id": "http://127.0.0.1:8301/iiif/letters-1.tif",
    "protocol": "http://iiif.io/api/image",
    "width": 1500,
    "height": 1100,
    "sizes": [{"width": 375, "height": 275}, {"width": 750, "height": 550}],
    "tiles": [{"width": 512, "height": 512, "scaleFactors": [1, 2, 4]}],
    "profile": [
        "http://iiif.io/api/image/2/level1.json",
        {
            "formats": ["jpg"],
            "qualities": ["native", "color", "gray", "bitonal"],
            "supports": [
                "regionByPct", "regionSquare", "sizeByForcedWh", "sizeByWh", "sizeAboveFull", "rotationBy90s",
                "mirroring",
            ],
            "maxWidth": 20000,
            "maxHeight": 20000,
        },
    ],
}  # fmt: skip
THREE: dict[str, Any] = {
    "@context": ["http://example.org/extension.json", "http://iiif.io/api/image/3/context.json"],
    "id": "http://127.0.0.1:8182/iiif/3/letters-1",
    "type": "ImageService3",
    "protocol": "http://iiif.io/api/image",
    "profile": "level2",
    "width": 1500,
    "height": 1100,
    "rights": "https://creativecommons.org/publicdomain/mark/1.0/",
    "service": [{"id": "http://example.org/physical", "type": "PhysicalDimensions"}],
}


def test_imx_03_only_id_and_services_are_ours():
    found = decorated(IIPSRV, 2, ID, [LOGIN])
    assert found == IIPSRV | {"@id": ID, "service": [LOGIN]}
    assert list(found)[:2] == ["@context", "@id"]


def test_imx_03_a_server_s_own_services_stay_behind_ours():
    scale = {"@context": "http://iiif.io/api/annex/services/physdim/1/context.json", "physicalScale": 0.0025}
    assert decorated(IIPSRV | {"service": scale}, 2, ID, [LOGIN])["service"] == [LOGIN, scale]
    assert decorated(IIPSRV | {"service": [scale]}, 2, ID, [])["service"] == [scale]


def test_imx_03_what_was_given_is_not_touched():
    before = str(IIPSRV)
    decorated(IIPSRV, 3, ID, [PROBE])
    assert str(IIPSRV) == before


def test_an_open_image_has_no_services():
    assert "service" not in decorated(IIPSRV, 2, ID, [])


def test_im3_41_the_context_of_the_probe_comes_before_that_of_the_image():
    found = decorated(THREE, 3, ID, [PROBE])
    assert found["@context"] == ["http://iiif.io/api/auth/2/context.json", *THREE["@context"]]
    assert found["service"] == [PROBE, *THREE["service"]]
    assert {key: found[key] for key in ("rights", "profile", "width")} == {
        key: THREE[key] for key in ("rights", "profile", "width")
    }
    assert decorated(found, 3, ID, [PROBE])["@context"] == found["@context"]


def test_im3_31_a_document_of_version_2_is_told_in_the_words_of_3():
    assert decorated(IIPSRV, 3, ID, []) == {
        "@context": "http://iiif.io/api/image/3/context.json",
        "id": ID,
        "type": "ImageService3",
        "protocol": "http://iiif.io/api/image",
        "profile": "level1",
        "width": 1500,
        "height": 1100,
        "sizes": IIPSRV["sizes"],
        "tiles": IIPSRV["tiles"],
        "maxWidth": 20000,
        "maxHeight": 20000,
        "extraQualities": ["color", "gray", "bitonal"],
        # `w,h` and `square` are level 1 anyhow; enlarging without `^` is nothing that 3 knows
        "extraFeatures": ["mirroring", "regionByPct", "rotationBy90s", "sizeByConfinedWh"],
    }


@pytest.mark.parametrize("level", ["level0", "level1", "level2"])
def test_the_level_is_kept(level):
    for profile in (f"http://iiif.io/api/image/2/{level}.json", [f"http://iiif.io/api/image/2/{level}.json"]):
        assert decorated(IIPSRV | {"profile": profile}, 3, ID, [])["profile"] == level


def test_a_profile_that_nobody_knows_is_the_least():
    assert decorated(IIPSRV | {"profile": [{"formats": "png"}, 3, None]}, 3, ID, [])["profile"] == "level0"


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"width": 5, "height": 5},
        IIPSRV | {"@context": "http://iiif.io/api/presentation/2/context.json"},
        IIPSRV | {"width": 0},
        IIPSRV | {"width": True},
        IIPSRV | {"height": 1100.0},
        IIPSRV | {"height": "1100"},
    ],
)
def test_what_is_no_info_json_is_not_passed_on(document):
    with pytest.raises(StoreUnavailable, match=r"no info\.json"):
        decorated(document, 2, ID, [])


def test_version_3_is_not_told_in_the_words_of_2():
    with pytest.raises(StoreUnavailable, match="version"):
        decorated(THREE, 2, ID, [])


@pytest.mark.parametrize("odd", [[[]], [{}], {}, 3, None, True, [["gray"], "gray"]])
def test_what_is_no_word_is_left_out_of_a_list(odd):
    profile = ["http://iiif.io/api/image/2/level1.json", {"formats": odd, "qualities": odd, "supports": odd}]
    found = decorated(IIPSRV | {"profile": profile}, 3, ID, [])
    assert found.get("extraQualities", []) == (["gray"] if odd == [["gray"], "gray"] else [])


_KEYS = ["@context", "profile", "width", "height", "service", "formats", "qualities", "supports", "maxWidth", "sizes"]
_WORDS = [
    "gray",
    "webp",
    "mirroring",
    "level1",
    *(str(IIPSRV[key]) for key in ("@context", "protocol")),
    "ImageService3",
]
_ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from(_WORDS) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(_KEYS) | st.text(max_size=3), inner),
    max_leaves=12,
)


_LISTS = st.dictionaries(st.sampled_from(["formats", "qualities", "supports", "maxWidth"]), _ANY, min_size=1)
_PROFILE = st.fixed_dictionaries({"profile": st.tuples(st.sampled_from(_WORDS), _LISTS).map(list)})
_ODD = st.dictionaries(st.sampled_from(_KEYS), _ANY) | _PROFILE


@given(_ODD, st.sampled_from([IIPSRV, THREE, {}]), st.sampled_from([2, 3]))
def test_whatever_json_is_given_a_document_comes_out_or_it_is_refused(odd, whole, version):
    before = repr(whole | odd)
    document = whole | odd
    try:
        found = decorated(document, version, ID, [PROBE])
    except StoreUnavailable:
        pass
    else:
        assert found["@id" if version == 2 else "id"] == ID
        assert found["service"][0] == PROBE
    assert repr(document) == before
