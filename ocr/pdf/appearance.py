"""Appearances for annotations that bring none, as viewers draw them (ISO 32000-1, 12.5.6).

An appearance is a content stream in page coordinates; its form has the annotation's rectangle, so
that it is put where it was drawn.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pikepdf import Array, Dictionary, Name

from ocr.geometry import PdfBox
from ocr.pdf.page_tree import box_of, numbers

BLACK, YELLOW, RED = (0.0, 0.0, 0.0), (1.0, 0.9, 0.3), (0.8, 0.0, 0.0)
ARROWS = (Name.OpenArrow, Name.ClosedArrow, Name.ROpenArrow, Name.RClosedArrow)

Colour = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Drawing:
    """``content`` within ``box``; ``multiply``: darkens what lies below instead of covering it."""

    content: bytes
    box: PdfBox
    multiply: bool = False


def drawing_of(note: Any) -> Drawing | None:
    """What a viewer draws for this annotation apart from its text; None: not known here."""
    rect = box_of(note.get("/Rect"))
    kind = str(note.get("/Subtype", ""))
    if kind in ("/Highlight", "/Underline", "/StrikeOut", "/Squiggly"):
        return _text_markup(note, kind, rect)
    if kind in ("/Ink", "/Line", "/PolyLine", "/Polygon"):
        return _strokes(note, kind)
    if rect is None:
        return None
    if kind in ("/Square", "/Circle"):
        return _shape(note, kind, rect)
    if kind == "/Redact":
        return _redaction(note, rect)
    if kind in ("/Text", "/FileAttachment", "/Caret", "/Sound"):
        return Drawing(_icon(kind, rect), rect)
    if kind in ("/FreeText", "/Stamp"):
        return _frame(note, kind, rect)
    return None


def colour(values: Any) -> Colour | None:
    """Grey, RGB or CMYK numbers as RGB, 0..1; None for none."""
    found = [min(1.0, max(0.0, value)) for value in numbers(values)]
    if len(found) == 1:
        return found[0], found[0], found[0]
    if len(found) == 3:
        return found[0], found[1], found[2]
    if len(found) == 4:
        c, m, y, k = found
        return (1 - c) * (1 - k), (1 - m) * (1 - k), (1 - y) * (1 - k)
    return None


def line_width(note: Any, default: float = 1.0) -> float:
    style = note.get("/BS")
    if isinstance(style, Dictionary) and "/W" in style:
        found = numbers(Array([style["/W"]]))
        return found[0] if found else default
    border = note.get("/Border")
    if isinstance(border, Array) and len(border) > 2:
        found = numbers(Array([border[2]]))
        return found[0] if found else default
    return default


def _rgb(value: Colour, operator: str) -> bytes:
    tones = " ".join(f"{tone:.3f}" for tone in value)
    return f"{tones} {operator}\n".encode("ascii")


def _path(points: list[tuple[float, float]], end: str) -> bytes:
    steps = [f"{x:.2f} {y:.2f} {'l' if n else 'm'}" for n, (x, y) in enumerate(points)]
    return (" ".join(steps) + f" {end}\n").encode("ascii")


def _pairs(values: Any) -> list[tuple[float, float]]:
    found = numbers(values)
    return list(zip(found[::2], found[1::2], strict=False))


def _around(points: list[tuple[float, float]], margin: float) -> PdfBox:
    xs, ys = [x for x, _ in points], [y for _, y in points]
    return min(xs) - margin, min(ys) - margin, max(xs) + margin, max(ys) + margin


def _quads(note: Any, rect: PdfBox | None) -> list[list[tuple[float, float]]]:
    """Corners of each marked piece: upper left, upper right, lower right, lower left."""
    points = _pairs(note.get("/QuadPoints"))
    quads = [points[n : n + 4] for n in range(0, len(points) - 3, 4)]
    if quads:
        return [[a, b, d, c] for a, b, c, d in quads]
    if rect is None:
        return []
    left, bottom, right, top = rect
    return [[(left, top), (right, top), (right, bottom), (left, bottom)]]


def _text_markup(note: Any, kind: str, rect: PdfBox | None) -> Drawing | None:
    quads = _quads(note, rect)
    if not quads:
        return None
    box = _around([point for quad in quads for point in quad], 2.0)
    if kind == "/Highlight":
        paint = _rgb(colour(note.get("/C")) or YELLOW, "rg")
        return Drawing(paint + b"".join(_path(quad, "h f") for quad in quads), box, multiply=True)
    content = _rgb(colour(note.get("/C")) or RED, "RG") + b"1 w\n"
    for upper_left, upper_right, lower_right, lower_left in quads:
        if kind == "/StrikeOut":
            ends = [_middle(upper_left, lower_left), _middle(upper_right, lower_right)]
        else:
            ends = [lower_left, lower_right]
        content += _path(_wave(*ends) if kind == "/Squiggly" else ends, "S")
    return Drawing(content, box)


def _middle(one: tuple[float, float], other: tuple[float, float]) -> tuple[float, float]:
    return (one[0] + other[0]) / 2, (one[1] + other[1]) / 2


def _wave(start: tuple[float, float], end: tuple[float, float]) -> list[tuple[float, float]]:
    steps = max(2, min(2000, int(abs(end[0] - start[0]) / 2)))
    dx, dy = (end[0] - start[0]) / steps, (end[1] - start[1]) / steps
    return [(start[0] + n * dx, start[1] + n * dy + n % 2 * 1.5) for n in range(steps + 1)]


def _strokes(note: Any, kind: str) -> Drawing | None:
    if kind == "/Ink":
        lists = note.get("/InkList")
        lines = [_pairs(one) for one in lists] if isinstance(lists, Array) else []
    else:
        lines = [_pairs(note.get("/L" if kind == "/Line" else "/Vertices"))]
    lines = [line for line in lines if line]
    if not lines:
        return None
    width = max(0.1, line_width(note))
    inside = colour(note.get("/IC")) if kind == "/Polygon" else None
    content = _rgb(colour(note.get("/C")) or BLACK, "RG")
    content += _rgb(inside, "rg") if inside else b""
    content += b"%.2f w 1 J 1 j\n" % width
    end = ("h b" if inside else "s") if kind == "/Polygon" else "S"
    for line in lines:
        content += _path(line if len(line) > 1 else [line[0], line[0]], end)
    content += _arrows(note, lines[0], width) if kind in ("/Line", "/PolyLine") else b""
    box = _around([point for line in lines for point in line], 2 + 6 * width)
    return Drawing(content, box)


def _arrows(note: Any, line: list[tuple[float, float]], width: float) -> bytes:
    """An open head at the ends that are to have an arrow of any kind."""
    endings = note.get("/LE")
    if not isinstance(endings, Array) or len(endings) != 2 or len(line) < 2:
        return b""
    content = b""
    for ending, tip, other in ((endings[0], line[0], line[1]), (endings[1], line[-1], line[-2])):
        length = ((other[0] - tip[0]) ** 2 + (other[1] - tip[1]) ** 2) ** 0.5
        if ending not in ARROWS or not length:
            continue
        ux, uy = (other[0] - tip[0]) / length, (other[1] - tip[1]) / length
        size = 4 * width + 2
        wings = [
            (tip[0] + size * (ux - sign * uy / 2), tip[1] + size * (uy + sign * ux / 2))
            for sign in (1, -1)
        ]
        content += _path([wings[0], tip, wings[1]], "S")
    return content


def _shape(note: Any, kind: str, rect: PdfBox) -> Drawing:
    width = line_width(note)
    inner = numbers(note.get("/RD"))
    inner = inner if len(inner) == 4 else [0.0] * 4
    half = width / 2
    x0, y0 = rect[0] + inner[0] + half, rect[1] + inner[1] + half
    x1, y1 = rect[2] - inner[2] - half, rect[3] - inner[3] - half
    inside = colour(note.get("/IC"))
    content = _rgb(colour(note.get("/C")) or BLACK, "RG") + b"%.2f w\n" % width
    content += _rgb(inside, "rg") if inside else b""
    end = ("B" if inside else "S") if width > 0 else ("f" if inside else "n")
    if kind == "/Square":
        outline = f"{x0:.2f} {y0:.2f} {x1 - x0:.2f} {y1 - y0:.2f} re"
    else:
        outline = _ellipse(x0, y0, x1, y1)
    return Drawing(content + f"{outline} {end}\n".encode("ascii"), rect)


def _ellipse(x0: float, y0: float, x1: float, y1: float) -> str:
    cx, cy, rx, ry = (x0 + x1) / 2, (y0 + y1) / 2, (x1 - x0) / 2, (y1 - y0) / 2
    kx, ky = 0.5523 * rx, 0.5523 * ry
    curves = [
        (x1, cy + ky, cx + kx, y1, cx, y1),
        (cx - kx, y1, x0, cy + ky, x0, cy),
        (x0, cy - ky, cx - kx, y0, cx, y0),
        (cx + kx, y0, x1, cy - ky, x1, cy),
    ]
    drawn = " ".join(" ".join(f"{value:.2f}" for value in curve) + " c" for curve in curves)
    return f"{x1:.2f} {cy:.2f} m {drawn} h"


def _redaction(note: Any, rect: PdfBox) -> Drawing:
    """A redaction that nobody carried out hides nothing: its outline alone is shown."""
    quads = _quads(note, rect)
    content = _rgb(colour(note.get("/OC")) or RED, "RG") + b"1 w\n"
    content += b"".join(_path(quad, "s") for quad in quads)
    return Drawing(content, _around([point for quad in quads for point in quad], 2.0))


def _icon(kind: str, rect: PdfBox) -> bytes:
    """A small sign that something hangs here."""
    x0, y1 = rect[0], rect[3]
    side = min(18.0, rect[2] - x0, y1 - rect[1])
    x1, y0 = x0 + side, y1 - side
    content = _rgb(BLACK, "RG") + _rgb(YELLOW, "rg") + b"0.8 w\n"
    content += b"%.2f %.2f %.2f %.2f re B\n" % (x0 + 0.5, y0 + 0.5, side - 1, side - 1)
    if kind == "/Text":
        for share in (0.3, 0.5, 0.7):
            y = y0 + share * side
            content += _path([(x0 + 0.2 * side, y), (x1 - 0.2 * side, y)], "S")
    else:
        top = [(x0 + 0.2 * side, y0 + 0.3 * side), (x0 + 0.5 * side, y0 + 0.8 * side)]
        content += _path([*top, (x1 - 0.2 * side, y0 + 0.3 * side)], "S")
    return content


def _frame(note: Any, kind: str, rect: PdfBox) -> Drawing:
    """What stands behind the text of a free text or a stamp, and its callout line."""
    content, box = b"", rect
    framed = kind == "/Stamp" or "/BS" in note or "/Border" in note
    width = line_width(note) if framed else 0.0
    if kind == "/Stamp":
        content += _rgb(colour(note.get("/C")) or RED, "RG")
    if width > 0:
        half = width / 2
        sides = (rect[2] - rect[0] - width, rect[3] - rect[1] - width)
        content += b"%.2f w %.2f %.2f %.2f %.2f re S\n" % (
            width,
            *(rect[0] + half, rect[1] + half),
            *sides,
        )
    callout = _pairs(note.get("/CL"))
    if len(callout) > 1:
        content += _path(callout, "S")
        around = _around(callout, 2.0)
        box = (
            min(box[0], around[0]),
            min(box[1], around[1]),
            max(box[2], around[2]),
            max(box[3], around[3]),
        )
    return Drawing(content, box)
