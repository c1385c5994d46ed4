"""Made pages: a file that looks scanned, and the text that was recognised on it."""

from __future__ import annotations

import io

from PIL import Image, ImageDraw

from ocr.recognition.result import Line, PageText, Recognition, Word, pack


def pdf(pages: tuple[str, ...], number: int) -> bytes:
    """A scanned-looking file of these pages; ``number`` makes it a file of its own."""
    sheets = []
    for text in pages:
        sheet = Image.new("L", (620, 877), 255)
        draw = ImageDraw.Draw(sheet)
        draw.text((70, 90), f"Kreis Beispiel\n\n{text}\n\n{number or ''}", fill=20, font_size=22)
        for line in range(14):
            width = 380 + (line * 53) % 110
            draw.rectangle((70, 320 + line * 30, 70 + width, 328 + line * 30), fill=205)
        sheets.append(sheet)
    out = io.BytesIO()
    sheets[0].save(out, "PDF", save_all=True, append_images=sheets[1:], resolution=75)
    return out.getvalue()


def recognition(pages: tuple[str, ...]) -> bytes:
    """The kept text of these pages."""
    made = []
    for number, text in enumerate(pages, 1):
        line = Line(baseline=(50, 100, 400, 100), ascent=10, descent=3, begins_paragraph=True)
        words = [
            Word(text=word, box=(50, 90, 90, 103), confidence=92.0, line=0) for word in text.split()
        ]
        made.append(
            PageText(
                number=number,
                width=595,
                height=842,
                source="ocr",
                language="deu",
                confidence=92.0,
                turn=0,
                turned=False,
                skew=0.0,
                straightened=False,
                blank="content",
                dpi=300.0,
                findings=(),
                packed=pack([line], words),
            )
        )
    return Recognition(
        pages=tuple(made), engine="tesseract", engine_version="5", languages=("deu",)
    ).to_json()
