"""Arithmetic of sizes; how regions come to pixels is tested by what is rendered (test_render.py)."""

import pytest

from image.geometry import inside, scale_factors


@pytest.mark.parametrize(
    ("full", "factors"),
    [((1, 1), [1]), ((512, 512), [1]), ((513, 1), [1, 2]), ((300, 4096), [1, 2, 4, 8]), ((4097, 9), [1, 2, 4, 8, 16])],
)
def test_scale_factors_end_where_the_picture_is_one_tile(full: tuple[int, int], factors: list[int]):
    assert scale_factors(full, 512) == factors


@pytest.mark.parametrize(
    ("full", "small"),
    [((1603, 1201), (240, 180)), ((100, 4000), (8, 320)), ((40, 30), (40, 30)), ((1, 9000), (1, 320))],
)
def test_a_picture_is_shrunk_into_a_box_and_never_enlarged(full: tuple[int, int], small: tuple[int, int]):
    assert inside((240, 320), full) == small
