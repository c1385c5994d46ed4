"""Invisible text over a page's picture, word by word where it was read.

The layer is one content stream in the page's user space: text render mode 3, a font whose one glyph
is half an em wide, horizontal scaling so that a word and the gap behind it cover what was measured.
"""

from __future__ import annotations

import math

from ocr.geometry import PdfBox, Point, to_user_space
from ocr.pdfa.invisible_font import ADVANCE, ASCENT, DESCENT, EM
from ocr.recognition.result import Line, PageText, Word

HALF_EM = ADVANCE / EM
SMALLEST_FONT = 1.0
HAIR = 0.01  #: points by which the sizes of neighbours differ


def layer(page: PageText, box: PdfBox, rotate: int, font: str, *, with_own: bool) -> bytes:
    """The content stream for a page with this visible box and ``/Rotate``.

    ``with_own``: write the file's own text, too (its page is shown as a picture now).
    """
    place = to_user_space(box, rotate)
    by_line: dict[int, list[Word]] = {}
    for word in page.words:
        by_line.setdefault(word.line, []).append(word)
    out = ["q BT 3 Tr"]
    for number, line in enumerate(page.lines):
        if by_line.get(number) and (with_own or not line.own):
            out += _line(line, by_line[number], place, font)
    out.append("ET Q\n")
    return "\n".join(out).encode("ascii") if len(out) > 2 else b""


def _line(line: Line, words: list[Word], place: Point, font: str) -> list[str]:
    x0, y0, x1, y1 = line.baseline
    length = math.hypot(x1 - x0, y1 - y0)
    dx, dy = ((x1 - x0) / length, (y1 - y0) / length) if length else (1.0, 0.0)
    size = max(SMALLEST_FONT, line.ascent * EM / ASCENT, _size_for_descent(line))
    origin = place(0.0, 0.0)
    ex, ey = _minus(place(1.0, 0.0), origin), _minus(place(0.0, 1.0), origin)
    along = dx * ex[0] + dy * ey[0], dx * ex[1] + dy * ey[1]
    up = dy * ex[0] - dx * ey[0], dy * ex[1] - dx * ey[1]
    out: list[str] = []
    spans = _apart([_span(word, x0, y0, dx, dy) for word in words])
    for number, (word, (start, end)) in enumerate(zip(words, spans, strict=True)):
        codes = _utf16(word.text)
        if not codes:
            continue
        x, y = place(x0 + dx * start, y0 + dy * start)
        advance = HALF_EM * size
        wide = max(0.01, end - start)
        # PDF.js makes one piece of all words of a size, and spreads them by a font of its own.
        out.append(f"/{font} {_n(size + number % 2 * HAIR)} Tf")
        matrix = " ".join(_n(v, 5) for v in (*along, *up)) + f" {_n(x, 3)} {_n(y, 3)}"
        stretch = 100 * wide / (len(codes) // 4 * advance)
        out.append(f"{matrix} Tm {_n(stretch)} Tz <{codes}> Tj")
        gap = spans[number + 1][0] - end if number + 1 < len(spans) else advance / 2
        # The space fills the gap to the next word, ends each line, and parts touching words.
        out.append(f"{_n(max(1.0, 100 * gap / advance))} Tz <0020> Tj")
    return out


def _size_for_descent(line: Line) -> float:
    deep = line.descent < 0.4 * (line.ascent + line.descent)
    return line.descent * EM / -DESCENT if deep else 0.0


def _span(word: Word, x0: float, y0: float, dx: float, dy: float) -> tuple[float, float]:
    """Where the word begins and ends along its baseline."""
    if abs(dx) >= abs(dy):
        ends = (word.box[0] - x0) / dx, (word.box[2] - x0) / dx
    else:
        ends = (word.box[1] - y0) / dy, (word.box[3] - y0) / dy
    return min(ends), max(ends)


def _apart(spans: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Words that overlap by a hair end where the next begins: pdfium would run them together."""
    out = []
    for number, (start, end) in enumerate(spans):
        following = spans[number + 1][0] if number + 1 < len(spans) else end
        out.append((start, following if start < following < end else end))
    return out


def _minus(a: tuple[float, float], b: tuple[float, float]) -> tuple[float, float]:
    return a[0] - b[0], a[1] - b[1]


def _n(value: float, digits: int = 2) -> str:
    text = f"{value:.{digits}f}".rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def _utf16(text: str) -> str:
    """Codes of the font, hexadecimal; what it has no code for becomes U+FFFD."""
    return "".join(
        f"{ord(char) if ord(char) < 0x10000 and not 0xD800 <= ord(char) < 0xE000 else 0xFFFD:04x}"
        for char in text
        if ord(char) >= 0x20
    )
