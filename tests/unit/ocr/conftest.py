"""What the tests of this room share: children, the validator, and made-up pages."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from PIL import Image, ImageDraw, ImageFont

from config.isolation import Workshop
from ocr.pdfa.pdfa import PdfaWriter
from ocr.pdfa.validator import Validator
from ocr.recognition.recogniser import Recogniser
from ocr.recognition.result import Line, PageText, Recognition, Word, pack

JARS = Path(__file__).resolve().parents[3] / ".cache" / "verapdf"


@pytest.fixture(scope="session")
def workshop() -> Iterator[Workshop]:
    with Workshop(size=2, preload=("ocr.recognition.page_reading", "ocr.pdfa.writing")) as shop:
        yield shop


@pytest.fixture(scope="session")
def validator() -> Iterator[Validator]:
    judge = Validator(JARS)
    missing = judge.missing()
    if missing:
        pytest.skip(missing)
    yield judge
    judge.close()


@pytest.fixture(scope="session")
def recogniser(workshop: Workshop) -> Recogniser:
    return Recogniser(workshop)


@pytest.fixture(scope="session")
def writer(workshop: Workshop, validator: Validator) -> PdfaWriter:
    return PdfaWriter(workshop, validator)


def letter(size: tuple[int, int] = (1654, 2339), lines: int = 12) -> Image.Image:
    """A grey page at 200 dpi with printed German lines."""
    image = Image.new("L", size, 255)
    draw = ImageDraw.Draw(image)
    font = ImageFont.load_default(36)
    for number in range(lines):
        text = f"Sehr geehrte Damen und Herren, dies ist die Zeile {number + 1} des Schreibens."
        draw.text((150, 200 + 80 * number), text, fill=0, font=font)
    return image


def page_text(
    words: list[tuple[str, tuple[float, float, float, float]]],
    *,
    size: tuple[float, float] = (595.0, 842.0),
    number: int = 1,
    source: str = "ocr",
    turn: int = 0,
    turned: bool = False,
    skew: float = 0.0,
    straightened: bool = False,
    own: bool = False,
) -> PageText:
    """A page of words, a line each, read from left to right."""
    lines = [
        Line(
            baseline=(box[0], box[3] - 2, box[2], box[3] - 2),
            ascent=box[3] - box[1] - 2,
            descent=2,
            begins_paragraph=False,
            own=own,
        )
        for _, box in words
    ]
    return PageText(
        number=number,
        width=size[0],
        height=size[1],
        source=source,
        language="deu",
        confidence=90.0,
        turn=turn,
        turned=turned,
        skew=skew,
        straightened=straightened,
        blank="content",
        dpi=200.0,
        findings=(),
        packed=pack(
            lines,
            [
                Word(text=text, box=box, confidence=90, line=number)
                for number, (text, box) in enumerate(words)
            ],
        ),
    )


def recognition(*pages: PageText) -> Recognition:
    return Recognition(pages=pages, engine="tesseract", engine_version="5", languages=("deu",))


def scan_pdf(path: Path, image: Image.Image, dpi: float = 200.0, **page: Any) -> Path:
    """A PDF of one page that shows one picture over the whole sheet."""
    grey = image.convert("L")
    width, height = 72 * grey.width / dpi, 72 * grey.height / dpi
    with pikepdf.new() as pdf:
        picture = pdf.make_stream(
            grey.tobytes(),
            Type=pikepdf.Name.XObject,
            Subtype=pikepdf.Name.Image,
            Width=grey.width,
            Height=grey.height,
            ColorSpace=pikepdf.Name.DeviceGray,
            BitsPerComponent=8,
        )
        pdf.pages.append(
            pikepdf.Page(
                pikepdf.Dictionary(
                    Type=pikepdf.Name.Page,
                    MediaBox=[0, 0, width, height],
                    Resources=pikepdf.Dictionary(XObject=pikepdf.Dictionary(Im0=picture)),
                    Contents=pdf.make_stream(f"q {width} 0 0 {height} 0 0 cm /Im0 Do Q".encode()),
                    **page,
                )
            )
        )
        pdf.save(path)
    return path
