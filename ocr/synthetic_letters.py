"""Synthetic letters for demonstration and tests: made-up senders, no real person's data."""

from __future__ import annotations

import io
import random
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import pikepdf
import zxingcpp
from PIL import Image, ImageDraw, ImageFilter, ImageFont

DPI = 200
PAPER = (round(210 / 25.4 * DPI), round(297 / 25.4 * DPI))
LEFT, TOP, LINE = 200, 160, 46


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A letter's words; one paragraph an entry."""

    sender: str
    place: str
    date: str
    subject: str
    body: tuple[str, ...]


def page(letter: Letter, *, seed: int = 1, colour: bool = True) -> Image.Image:
    """The letter as a scanner would see it: 200 dpi, a little noise and a little skew."""
    noise = random.Random(seed)
    paper = Image.new("RGB", PAPER, (252, 251, 247))
    draw = ImageDraw.Draw(paper)
    small, normal, bold = _font(26), _font(33), _font(38)
    draw.text((LEFT, TOP), letter.sender, font=bold, fill=(30, 50, 110) if colour else (20, 20, 20))
    draw.line((LEFT, TOP + 60, PAPER[0] - LEFT, TOP + 60), fill=(30, 50, 110), width=3)
    draw.text((LEFT, TOP + 75), letter.place, font=small, fill=(60, 60, 60))
    draw.text((PAPER[0] - 560, TOP + 330), letter.date, font=normal, fill=(20, 20, 20))
    draw.text((LEFT, TOP + 470), letter.subject, font=bold, fill=(20, 20, 20))
    y = TOP + 570
    for paragraph in letter.body:
        for line in _wrap(draw, paragraph, normal, PAPER[0] - 2 * LEFT):
            draw.text((LEFT, y), line, font=normal, fill=(25, 25, 25))
            y += LINE
        y += LINE // 2
    _stamp(draw, letter.date)
    turned = paper.rotate(
        noise.uniform(-0.4, 0.4), resample=Image.Resampling.BICUBIC, fillcolor=(250, 250, 248)
    )
    return turned.filter(ImageFilter.GaussianBlur(0.4))


def separator() -> Image.Image:
    """A separator sheet with the word that cuts a stack."""
    paper = Image.new("RGB", PAPER, "white")
    code = zxingcpp.create_barcode("TRENNBLATT", zxingcpp.BarcodeFormat.Code128)
    bars = Image.fromarray(code.to_image(scale=5, add_quiet_zones=True)).convert("RGB")
    paper.paste(bars.resize((900, 240)), ((PAPER[0] - 900) // 2, 500))
    ImageDraw.Draw(paper).text((LEFT, 850), "Trennblatt", font=_font(60), fill="black")
    return paper


def save_pdf(pages: list[Image.Image], out: Path, *, password: str | None = None) -> None:
    """A scanner's PDF: one JPEG a page; encrypted where a password is given."""
    data = io.BytesIO()
    pages[0].save(data, "PDF", save_all=True, append_images=pages[1:], resolution=DPI, quality=80)
    if password is None:
        out.write_bytes(data.getvalue())
        return
    with pikepdf.open(data) as pdf:
        pdf.save(out, encryption=pikepdf.Encryption(user=password, owner=password))


def save_image(image: Image.Image, out: Path) -> None:
    """A single page as JPEG, PNG or TIFF, by the name's ending."""
    image.save(out, dpi=(DPI, DPI))


def _stamp(draw: ImageDraw.ImageDraw, date: str) -> None:
    red = (170, 40, 40)
    draw.rectangle((PAPER[0] - 560, TOP + 90, PAPER[0] - 200, TOP + 210), outline=red, width=4)
    draw.text((PAPER[0] - 535, TOP + 100), "EINGEGANGEN", font=_font(36), fill=red)
    draw.text((PAPER[0] - 535, TOP + 150), date, font=_font(32), fill=red)


def _wrap(
    draw: ImageDraw.ImageDraw, text: str, font: ImageFont.FreeTypeFont, width: int
) -> list[str]:
    lines, line = [], ""
    for word in text.split():
        longer = f"{line} {word}".strip()
        if line and draw.textlength(longer, font=font) > width:
            lines.append(line)
            line = word
        else:
            line = longer
    return [*lines, line]


def _font(size: int) -> ImageFont.FreeTypeFont:
    """Noto Sans, as OCRmyPDF brings it along."""
    with (files("ocrmypdf") / "data" / "NotoSans-Regular.ttf").open("rb") as file:
        return ImageFont.truetype(io.BytesIO(file.read()), size)
