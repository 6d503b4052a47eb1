"""Makes the sample shelf anew: typesets the texts beside this file, ages the pages, runs Tesseract on them.

    python3 samples/make/make.py             all objects
    python3 samples/make/make.py letters     one object
    python3 samples/make/make.py --check     only compares the OCR that is there with the texts

Only the standard library is imported; the work is done by WeasyPrint, pdftoppm, ImageMagick and Tesseract.
The OCR is what Tesseract read on the committed picture; the text is never handed to it.
"""

from __future__ import annotations

import argparse
import html
import json
import re
import shutil
import subprocess
import sys
import tempfile
import unicodedata
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
SHELF = HERE.parent

PACKAGES = {
    "weasyprint": "weasyprint hyphen-en-gb hyphen-fr",
    "pdftoppm": "poppler-utils",
    "convert": "imagemagick",
    "tesseract": "tesseract-ocr",
    "fc-list": "fontconfig",
}
LANGUAGE_PACKAGES = {
    "eng": "tesseract-ocr-eng",
    "fra": "tesseract-ocr-fra",
    "frk": "tesseract-ocr-frk",
    "Fraktur": "tesseract-ocr-script-frak",
    "grc": "tesseract-ocr-grc",
    "heb": "tesseract-ocr-heb",
}
FONT_PACKAGES = {
    "Old Standard TT": "fonts-oldstandard",
    "EB Garamond": "fonts-ebgaramond",
    "Frank Ruehl CLM": "culmus",
    "Linux Libertine O": "fonts-linuxlibertine",
}
FRAKTUR = "UnifrakturMaguntia"
FRAKTUR_HELP = (
    "the Fraktur face UnifrakturMaguntia (SIL Open Font License; not in Debian): "
    "npm pack @expo-google-fonts/unifrakturmaguntia@0.4.1, unpack it, "
    "copy 400Regular/*.ttf to ~/.fonts and run fc-cache"
)
# A middle dot between two letters of the source says where the word may be divided.
SOFT_HYPHEN = r"(?<=\w)·(?=\w)"
# Which Tesseract model reads a page of a language (BCP 47).
MODELS = {"en": "eng", "fr": "fra", "de-Latf": "frk+Fraktur", "grc": "grc", "he": "heb"}


@dataclass(frozen=True)
class Look:
    """How the pages of one object leave the press: size in pixels, paper, quality, OCR format."""

    width: int
    height: int
    dpi: int
    paper: str
    ink: str
    quality: int
    ocr: str  # Tesseract's name of the output: "hocr" or "alto"


LOOKS = {
    "almanac": Look(1240, 1754, 225, "#f6efdc", "#241c14", 70, "hocr"),
    "gazette": Look(1496, 2047, 200, "#ecebe6", "#26262a", 52, "alto"),
    "letters": Look(1329, 1683, 225, "#f3eee4", "#2b2a3a", 72, "alto"),
}


class MissingError(Exception):
    """A program, model or font that the shelf is made with is not installed."""


def run(*command: str, cwd: Path | None = None) -> str:
    """Runs a program and gives what it printed; its complaints are shown only when it fails."""
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{command[0]} failed ({done.returncode}):\n{done.stderr.strip()}")
    return done.stdout


def require_tools() -> None:
    """Says at once, and by the name of its package, everything that is missing."""
    missing = {package for program, package in PACKAGES.items() if not shutil.which(program)}
    if not missing:
        models = run("tesseract", "--list-langs").split()
        missing |= {package for model, package in LANGUAGE_PACKAGES.items() if model not in models}
        fonts = run("fc-list", ":", "family")
        missing |= {package for font, package in FONT_PACKAGES.items() if font not in fonts}
        if not missing and FRAKTUR not in fonts:
            raise MissingError(FRAKTUR_HELP)
    if missing:
        raise MissingError("apt-get install " + " ".join(sorted(missing)))


def typeset(name: str, work: Path) -> Path:
    """The PDF of an object; a middle dot between two letters becomes a soft hyphen."""
    source, pdf = work / f"{name}.html", work / f"{name}.pdf"
    text = (HERE / f"{name}.html").read_text(encoding="utf-8")
    source.write_text(re.sub(SOFT_HYPHEN, "\u00ad", text), encoding="utf-8")
    run("weasyprint", str(source), str(pdf))
    return pdf


def rasterise(pdf: Path, look: Look) -> list[Path]:
    """One clean grey PNG a page, of exactly the wanted size."""
    run(
        *("pdftoppm", "-png", "-gray", "-r", str(look.dpi)),
        *("-scale-to-x", str(look.width), "-scale-to-y", str(look.height)),
        *(str(pdf), str(pdf.with_suffix(""))),
    )
    return sorted(pdf.parent.glob(f"{pdf.stem}-*.png"))


def age(page: Path, number: int, look: Look, target: Path) -> None:
    """Gives a clean page the look of a scan: soft ink on paper, a shade at the spine, laid down a little askew."""
    tilt = (0.22, -0.15, 0.08, -0.26, 0.17)[number % 5]
    shade = f"gradient:white-gray{90 - number % 3}"
    turn = "90" if number % 2 else "-90"
    run(
        *("convert", str(page), "-background", "white", "-virtual-pixel", "edge"),
        *("-distort", "ScaleRotateTranslate", str(tilt), "-gaussian-blur", "0x0.7"),
        *("+level-colors", f"{look.ink},{look.paper}"),
        *("(", "-size", f"{look.height}x{look.width}", shade, "-rotate", turn, "-evaluate", "Pow", "0.35", ")"),
        *("-compose", "Multiply", "-composite", "-strip"),
        *("-units", "PixelsPerInch", "-density", str(look.dpi)),
        *("-sampling-factor", "4:2:0", "-quality", str(look.quality), str(target)),
    )


def recognise(folder: Path, stem: str, languages: list[str], look: Look) -> None:
    """Runs Tesseract on a committed picture; names inside the output are relative to the object's folder."""
    models = "+".join(MODELS[language] for language in languages)
    run("tesseract", f"images/{stem}.jpg", f"ocr/{stem}", "-l", models, look.ocr, cwd=folder)


def make(name: str) -> None:
    """Makes one object's pictures and OCR; its object.json says what language each page is in."""
    look, folder = LOOKS[name], SHELF / name
    pages = json.loads((folder / "object.json").read_text(encoding="utf-8"))["pages"]
    with tempfile.TemporaryDirectory() as work:
        sheets = rasterise(typeset(name, Path(work)), look)
        if len(sheets) != len(pages):
            raise RuntimeError(f"{name}: {len(sheets)} pages were set, object.json lists {len(pages)}")
        for part in ("images", "ocr"):
            shutil.rmtree(folder / part, ignore_errors=True)
            (folder / part).mkdir()
        for number, (sheet, page) in enumerate(zip(sheets, pages, strict=True), start=1):
            stem = f"p{number:03d}"
            age(sheet, number, look, folder / "images" / f"{stem}.jpg")
            recognise(folder, stem, page["language"], look)
            print(f"{name} {stem}")


def words(text: str) -> Counter[str]:
    """The words of a text, counted; NFC, without the signs that steer the direction of writing."""
    plain = re.sub("[\u200e\u200f\u202a-\u202e\u2066-\u2069]", "", unicodedata.normalize("NFC", text))
    return Counter(re.findall(r"\w+", plain))


def printed_words(name: str) -> dict[str, Counter[str]]:
    """The words of the source, by the language of their section."""
    source = (HERE / f"{name}.html").read_text(encoding="utf-8")
    body = re.sub(SOFT_HYPHEN, "", source.partition("<body>")[2])
    found: dict[str, Counter[str]] = {}
    for section in re.split("(?=<section)", body):
        language = re.match(r'<section lang="([^"]+)"', section)
        text = html.unescape(re.sub(r"<[^>]+>", " ", section))
        found.setdefault(language[1] if language else "en", Counter()).update(words(text))
    return found


def read_words(page: Path) -> Counter[str]:
    """The words that Tesseract read on a page; one that ends in a hyphen is joined to the next."""
    mark = r'CONTENT="([^"]*)"' if page.suffix == ".xml" else r"class='ocrx_word'[^>]*>(.*?)</span>"
    found = re.findall(mark, page.read_text(encoding="utf-8"))
    text = " ".join(html.unescape(re.sub(r"<[^>]+>", "", word)) for word in found)
    return words(re.sub(r"(?<=\w)[-=\u2e17] ", "", text))


def check(name: str) -> float:
    """Prints, by language, the share of the printed words that the OCR has too; gives the worst."""
    pages = json.loads((SHELF / name / "object.json").read_text(encoding="utf-8"))["pages"]
    files = sorted((SHELF / name / "ocr").iterdir())
    shares = []
    for language, printed in printed_words(name).items():
        read: Counter[str] = Counter()
        for page, file in zip(pages, files, strict=True):
            if page["language"][0] == language:
                read += read_words(file)
        shares.append((printed & read).total() / printed.total())
        print(f"{name:8} {language:8} {printed.total():5d} words, {shares[-1]:.1%} of them read without a fault")
    return min(shares)


def main() -> int:
    """Makes or checks the objects named on the command line, or all of them."""
    parser = argparse.ArgumentParser(description="Makes the sample shelf anew.")
    parser.add_argument("objects", nargs="*", metavar="object", help=f"one or more of {', '.join(LOOKS)}")
    parser.add_argument("--check", action="store_true", help="only compare the OCR that is there with the texts")
    options = parser.parse_args()
    unknown = set(options.objects) - set(LOOKS)
    if unknown:
        parser.error(f"no such object: {', '.join(sorted(unknown))}")
    try:
        require_tools()
    except MissingError as missing:
        print(f"Something is not installed here. Needed: {missing}", file=sys.stderr)
        return 1
    names = options.objects or list(LOOKS)
    if not options.check:
        for name in names:
            make(name)
    return 0 if min(check(name) for name in names) > 0.9 else 1


if __name__ == "__main__":
    sys.exit(main())
