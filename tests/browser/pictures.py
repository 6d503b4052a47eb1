"""What can be seen on a page, measured from its canvases or from a screenshot."""

from collections.abc import Sequence
from typing import Any

import pyvips
from playwright.sync_api import Page

Extent = tuple[float, float, float, float]  # left, top, right and bottom, from the corner of the viewer's canvas

_COUNT = """([r0, r1, g0, g1, b0, b1]) => {
  let n = 0;
  for (const canvas of document.querySelectorAll('.openseadragon-canvas canvas')) {
    const context = canvas.getContext('2d');
    if (!context || !canvas.width) continue;
    const data = context.getImageData(0, 0, canvas.width, canvas.height).data;
    for (let i = 0; i < data.length; i += 4) {
      if (data[i + 3] > 40 && data[i] >= r0 && data[i] <= r1 && data[i + 1] >= g0 && data[i + 1] <= g1
          && data[i + 2] >= b0 && data[i + 2] <= b1) n += 1;
    }
  }
  return n;
}"""
_ANNOTATED = """() => {
  const canvas = document.querySelector('.openseadragon-canvas > div > canvas');
  const stage = document.querySelector('.openseadragon-canvas').getBoundingClientRect();
  if (!canvas || !canvas.width) return null;
  const { width, height } = canvas, data = canvas.getContext('2d').getImageData(0, 0, width, height).data;
  let [left, top, right, bottom] = [width, height, 0, 0];
  for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) if (data[4 * (y * width + x) + 3] > 40) {
    left = Math.min(left, x), right = Math.max(right, x + 1), top = Math.min(top, y), bottom = Math.max(bottom, y + 1);
  }
  const place = canvas.getBoundingClientRect(), scale = place.width / width;
  const [x, y] = [place.x - stage.x, place.y - stage.y];
  return right ? [x + left * scale, y + top * scale, x + right * scale, y + bottom * scale] : null;
}"""
_RANGES = {"yellow": [200, 255, 200, 255, 0, 110], "blue": [0, 90, 150, 230, 200, 255]}


def coloured_pixels(page: Page, colour: str) -> int:
    """Return the number of pixels of a highlight's colour on the viewer's canvases."""
    count: int = page.evaluate(_COUNT, _RANGES[colour])
    return count


def detail(page: Page) -> float:
    """Return how much fine detail the viewer's picture has: the mean step between neighbouring pixels."""
    area = page.locator(".openseadragon-canvas").first
    picture: Any = pyvips.Image.new_from_buffer(area.screenshot(), "").colourspace("b-w")
    across = picture.conv(pyvips.Image.new_from_array([[0, 0, 0], [0, -1, 1], [0, 0, 0]]), precision="float")
    step: float = across.extract_band(0).abs().avg()
    return step


def coloured_extent(page: Page, darkest: Sequence[int], lightest: Sequence[int]) -> Extent:
    """Return left, top, right and bottom of what has a colour between two on the viewer's canvas, in screen pixels."""
    area = page.locator(".openseadragon-canvas").first
    picture: Any = pyvips.Image.new_from_buffer(area.screenshot(), "")[:3]
    found = ((picture >= list(darkest)) & (picture <= list(lightest))).bandand()
    columns, rows = (sums.tolist() for sums in found.project())
    across = [x for x, sum_ in enumerate(columns[0]) if sum_ > 3 * 255]
    down = [y for y, (sum_,) in enumerate(rows) if sum_ > 3 * 255]
    assert across, "nothing of this colour is on the canvas"
    return across[0], down[0], across[-1] + 1, down[-1] + 1


def annotated_extent(page: Page) -> Extent | None:
    """Return where Mirador has drawn annotations over its picture, None where it has drawn none."""
    found: Extent | None = page.evaluate(_ANNOTATED)
    return found
