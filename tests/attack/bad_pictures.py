"""Files that claim to be pictures: torn, too large, or small files that would become large pictures (TH-105)."""

import struct
import zlib
from collections.abc import Iterator
from io import BytesIO

from PIL import Image

LARGE = 30_000  # a side: 900 megapixels, which is within the limit of what a header may say


def _png(width: int, height: int, data: bytes = b"", interlaced: int = 0) -> bytes:
    parts = [
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, interlaced)),
        (b"IDAT", zlib.compress(data)),
        (b"IEND", b""),
    ]
    chunks = [struct.pack(">I", len(d)) + n + d + struct.pack(">I", zlib.crc32(n + d)) for n, d in parts]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def _jpeg(width: int, height: int, progressive: bool = False) -> bytes:
    """Return a real small JPEG whose frame header claims another size."""
    made = BytesIO()
    Image.new("RGB", (64, 64), (200, 30, 30)).save(made, "JPEG", progressive=progressive)
    data = bytearray(made.getvalue())
    at = data.find(b"\xff\xc2" if progressive else b"\xff\xc0")
    data[at + 5 : at + 9] = struct.pack(">HH", height, width)
    return bytes(data)


def _tiff(width: int, height: int, data: bytes, *, compression: int = 1, tile: int = 0, loop: bool = False) -> bytes:
    """Return a grey TIFF of one strip, or one tile of `tile` pixels a side, that says what it is told to."""
    whole = (324, 325) if tile else (273, 279)
    tags = {256: width, 257: height, 258: 8, 259: compression, 262: 1, 277: 1, whole[1]: len(data)}
    tags |= {322: tile, 323: tile} if tile else {278: height}
    tags[whole[0]] = 8 + 2 + 12 * (len(tags) + 1) + 4
    fields = b"".join(struct.pack("<HHII", tag, 4, 1, tags[tag] & 0xFFFFFFFF) for tag in sorted(tags))
    return b"II*\0" + struct.pack("<IH", 8, len(tags)) + fields + struct.pack("<I", 8 if loop else 0) + data


def _zeros(count: int) -> bytes:
    packer = zlib.compressobj(9)
    return b"".join(packer.compress(bytes(1 << 20)) for _ in range(count >> 20)) + packer.flush()


def _webp(width: int, height: int) -> bytes:
    made = BytesIO()
    Image.new("RGB", (16, 16)).save(made, "WEBP", lossless=True)
    data = bytearray(made.getvalue())
    at = data.find(b"VP8L") + 9
    (bits,) = struct.unpack_from("<I", data, at)
    struct.pack_into("<I", data, at, (bits & ~0xFFFFFFF) | (width - 1) | (height - 1) << 14)
    return bytes(data)


def bomb(side: int) -> bytes:
    """Return a good picture of a hundred kilobytes that is one strip of a hundred megapixels, for `side` 10,000."""
    return _tiff(side, side, _zeros(side * side + (1 << 20)), compression=8)


def refused() -> Iterator[tuple[str, bytes]]:
    """Yield names and contents of files that no picture can be made of."""
    yield "empty.jpg", b""
    yield "zeros.png", bytes(4096)
    yield "text.tif", b"II*\0" + b"no directory here" * 50
    yield "widest.jpg", _jpeg(65_535, 65_535)
    yield "widest-progressive.jpg", _jpeg(65_535, 65_535, progressive=True)
    yield "taller.jpg", _jpeg(64, 65_535)
    yield "progressive.jpg", _jpeg(20_000, 20_000, progressive=True)
    yield "no-height.jpg", _jpeg(64, 0)
    yield "widest.png", _png(2**31 - 1, 2**31 - 1)
    yield "one-line.png", _png(2**31 - 1, 1)
    yield "beyond.png", _png(2**32 - 1, 1)
    yield "interlaced.png", _png(LARGE, LARGE, interlaced=1)
    yield "broken-off.png", _png(LARGE, LARGE, bytes(LARGE * 3))
    yield "no-width.png", _png(0, 9)
    yield "widest.tif", _tiff(2**31 - 1, 2**31 - 1, b"x" * 99)
    yield "beyond.tif", _tiff(2**32 - 1, 2**32 - 1, b"x" * 99)
    yield "broken-off.tif", _tiff(LARGE, LARGE, b"x" * 99)
    yield "strip-broken-off.tif", _tiff(LARGE, LARGE, _zeros(50 << 20), compression=8)
    yield "one-tile.tif", _tiff(LARGE - LARGE % 16, LARGE - LARGE % 16, _zeros(100 << 20), compression=8, tile=29_984)
    yield "tile-of-2-31.tif", _tiff(512, 512, b"x" * 99, tile=2**31 - 16)
    yield "loop.tif", _tiff(64, 64, b"x" * 99, loop=True)
    yield "large.webp", _webp(16_383, 16_383)
