"""One page, from its picture or its own text to a ``PageText``; runs in an isolated child."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

from ocr import transcript
from ocr.findings import Found, Severity, truncated
from ocr.geometry import Point, straightener, turned_size, turner
from ocr.page_sources.source import open_source
from ocr.page_view import PageUnreadable, PageView
from ocr.recognition import ink_signals, letter_spacing
from ocr.recognition.picture_reading import UNCOVERED, Reading, read_image, skew_of
from ocr.recognition.result import Box, Line, PageText, Word, pack
from ocr.scan_profile import ScanProfile
from ocr.transcript import Glyphs, Pixels, Row

SKEW_RANGE = (0.2, 10.0)  #: degrees worth straightening
LOW_CONFIDENCE = 60.0
A4 = (595.28, 841.89)


def read_page(path: Path, number: int, offset: int, profile: ScanProfile) -> PageText:
    """Read page ``number`` (1-based) of a file; it counts from after ``offset`` in the result.

    A page that cannot be shown gives an empty one with a finding.
    """
    try:
        view = open_source(path).page(number)
        read = _read(view, number - offset, profile)
    except PageUnreadable:
        shown = number - offset
        return unreadable(shown, "page.unreadable", f"Seite {shown} lässt sich nicht anzeigen.")
    return _with_comments(read, view)


def _read(view: PageView, shown_as: int, profile: ScanProfile) -> PageText:
    own = letter_spacing.joined(view.own_rows())
    suffices = bool(own) and _own_text_suffices(view, own)
    look = None if suffices else view.grey()
    view.number = shown_as
    if look is None:
        return _of_own_text(view, own)
    ink = ink_signals.ink_of(look.image, look.dpi)
    has_text = bool(own) or ink.is_of_text()
    blank = "content" if has_text else ink_signals.blankness(look.image, look.dpi)
    if blank == "blank":
        return _of_nothing(view, look.dpi)
    known = transcript.mapped(own, _backwards(look.area, look.image.size))
    reading = read_image(look.image, look.dpi, profile, may_lie=not own, ink=ink, known=known)
    return _of_reading(view, look.area, reading, own, blank, profile)


def _with_comments(page: PageText, view: PageView) -> PageText:
    """The words of comments behind those of the page: found, and not in their way."""
    rows = view.comments()
    if not rows:
        return page
    turn = page.turn if page.turned else 0
    rows = transcript.mapped(rows, turner(turn, view.width, view.height))
    lines = [*page.lines, *map(_line, rows)]
    shifted = [replace(word, line=word.line + len(page.lines)) for word in _words(rows)]
    return replace(page, blank="content", packed=pack(lines, [*page.words, *shifted]))


def unreadable(number: int, code: str, why: str) -> PageText:
    """The stand-in for a page that could not be read, with the finding that says so."""
    found = Found(
        code=code,
        text=f"{why} Die Seite ist ohne Text; maßgeblich bleibt das Original.",
        severity=Severity.BLOCKS_DESTRUCTION,
        page=number,
    )
    return replace(_without_text(number, *A4), blank="doubtful", findings=(found,))


def _without_text(number: int, width: float, height: float) -> PageText:
    return PageText(
        number=number,
        width=width,
        height=height,
        source="none",
        language="",
        confidence=0.0,
        turn=0,
        turned=False,
        skew=0.0,
        straightened=False,
        blank="blank",
        dpi=0.0,
        findings=(),
        packed=pack((), ()),
    )


def _own_text_suffices(view: PageView, own: list[Row]) -> bool:
    """No text-like ink outside the file's own words (letters drawn as curves, pasted scans)."""
    preview = view.preview(ink_signals.WORK_DPI)
    dpi = 72 * preview.width / view.width
    ink = ink_signals.ink_of(preview, dpi)
    return ink_signals.uncovered(ink, transcript.scaled(own, dpi / 72, dpi / 72)) <= UNCOVERED


def _of_own_text(view: PageView, own: list[Row]) -> PageText:
    return replace(
        _without_text(view.number, view.width, view.height),
        source="text",
        confidence=100.0,
        blank="content",
        packed=pack([_line(row, own=True) for row in own], _words(own)),
    )


def _of_nothing(view: PageView, dpi: float) -> PageText:
    page = _without_text(view.number, view.width, view.height)
    return replace(page, dpi=dpi, findings=_of_picture(view))


def _of_reading(
    view: PageView,
    area: Pixels,
    reading: Reading,
    own: list[Row],
    blank: str,
    profile: ScanProfile,
) -> PageText:
    """From pixels of the upright picture to points of the page as the product will show it."""
    turned = bool(reading.turn) and profile.may_rotate
    place, width, height = _placing(view, area, reading, turned)
    skew = skew_of(reading.rows)
    straightened = not own and profile.may_deskew and SKEW_RANGE[0] < abs(skew) < SKEW_RANGE[1]
    own_pixels = transcript.mapped(own, _backwards(area, reading.image.size))
    rows = _beside(own_pixels, reading.rows)
    lines = [_moved(_line(row), place) for row in rows]
    words = _words(transcript.mapped(rows, place))
    if straightened:
        move = straightener(skew, width, height)
        lines = [_moved(line, move) for line in lines]
        words = [_straightened(word, skew, move) for word in words]
    lines, words = _joined(own, lines, words)
    return replace(
        _without_text(view.number, width, height),
        source="ocr" if rows else "text" if own else "none",
        language=reading.language,
        confidence=transcript.confidence(reading.rows),
        turn=reading.turn,
        turned=turned,
        skew=skew,
        straightened=straightened,
        blank="content" if words else blank,
        dpi=reading.dpi,
        findings=_of_picture(view)
        + _findings(view.number, reading, place, blank if not words else "", turned)
        + _of_straightening(view.number, skew, straightened),
        packed=pack(lines, words),
    )


def _placing(
    view: PageView, area: Pixels, reading: Reading, turned: bool
) -> tuple[Point, float, float]:
    """Pixels of the upright picture to displayed points, and the page's size as displayed."""
    back = turner(360 - reading.turn, *reading.image.size)
    wide, high = turned_size(*reading.image.size, reading.turn)
    kx, ky = (area[2] - area[0]) / wide, (area[3] - area[1]) / high
    forth = turner(reading.turn if turned else 0, view.width, view.height)

    def place(x: float, y: float) -> tuple[float, float]:
        px, py = back(x, y)
        return forth(area[0] + px * kx, area[1] + py * ky)

    return place, *turned_size(view.width, view.height, reading.turn if turned else 0)


def _backwards(area: Pixels, size: tuple[int, int]) -> Point:
    """Displayed points to pixels; own text exists only on pages that were not turned."""
    kx = size[0] / (area[2] - area[0])
    ky = size[1] / (area[3] - area[1])
    return lambda x, y: ((x - area[0]) * kx, (y - area[1]) * ky)


def _beside(own: list[Row], rows: list[Row]) -> list[Row]:
    """Recognised rows without the words that the file brings itself."""
    if not own:
        return rows
    boxes = [word.box for row in own for word in row.words]
    kept = []
    for row in rows:
        words = tuple(word for word in row.words if not _overlaps(word, boxes))
        if words:
            kept.append(Row(words, row.box, row.baseline, row.begins_paragraph))
    return kept


def _overlaps(word: Glyphs, boxes: list[Pixels]) -> bool:
    x0, y0, x1, y1 = word.box
    area = max(1e-6, (x1 - x0) * (y1 - y0))
    covered = sum(
        max(0.0, min(x1, b[2]) - max(x0, b[0])) * max(0.0, min(y1, b[3]) - max(y0, b[1]))
        for b in boxes
    )
    return covered > 0.3 * area


def _joined(own: list[Row], lines: list[Line], words: list[Word]) -> tuple[list[Line], list[Word]]:
    """The file's own lines first, then what was recognised beside them."""
    if not own:
        return lines, words
    first = [_line(row, own=True) for row in own]
    shifted = [
        Word(text=w.text, box=w.box, confidence=w.confidence, line=w.line + len(first))
        for w in words
    ]
    return first + lines, _words(own) + shifted


def _line(row: Row, own: bool = False) -> Line:
    """A row as a line: its baseline over its whole width, its height freed from the skew."""
    x0, y0, x1, y1 = row.box
    left, right = row.baseline_at(x0), row.baseline_at(x1)
    high = max(1.0, (y1 - y0) - abs(row.slope) * (x1 - x0))
    below = min(high, max(0.0, y1 - max(left, right)))
    return Line(
        baseline=(x0, left, x1, right),
        ascent=high - below,
        descent=below,
        begins_paragraph=row.begins_paragraph,
        own=own,
    )


def _moved(line: Line, place: Point) -> Line:
    x0, y0, x1, y1 = line.baseline
    start, end = place(x0, y0), place(x1, y1)
    before = ((x1 - x0) ** 2 + (y1 - y0) ** 2) ** 0.5
    after = ((end[0] - start[0]) ** 2 + (end[1] - start[1]) ** 2) ** 0.5
    scale = after / before if before else 1.0
    return Line(
        baseline=(*start, *end),
        ascent=line.ascent * scale,
        descent=line.descent * scale,
        begins_paragraph=line.begins_paragraph,
        own=line.own,
    )


def _words(rows: list[Row]) -> list[Word]:
    return [
        Word(text=word.text, box=word.box, confidence=word.confidence, line=number)
        for number, row in enumerate(rows)
        for word in row.words
    ]


def _straightened(word: Word, skew: float, move: Point) -> Word:
    """The upright box of a word after straightening: its bounding box had grown by the skew."""
    c, s = math.cos(math.radians(skew)), abs(math.sin(math.radians(skew)))
    x0, y0, x1, y1 = word.box
    w, h = x1 - x0, y1 - y0
    denominator = c * c - s * s
    wide, high = (w * c - h * s) / denominator, (h * c - w * s) / denominator
    wide, high = max(wide, 0.3 * w), max(high, 0.3 * h)
    cx, cy = move((x0 + x1) / 2, (y0 + y1) / 2)
    box: Box = (cx - wide / 2, cy - high / 2, cx + wide / 2, cy + high / 2)
    return Word(text=word.text, box=box, confidence=word.confidence, line=word.line)


def _of_picture(view: PageView) -> tuple[Found, ...]:
    return () if view.whole else (truncated(view.number),)


def _findings(
    number: int, reading: Reading, place: Point, blank: str, shown_upright: bool
) -> tuple[Found, ...]:
    doubtful = Found(
        code="page.doubtful",
        text=f"Seite {number} ist leer oder fast leer "
        "(schwache Spuren, möglicherweise Bleistift oder Durchschein).",
        severity=Severity.INFO,
        page=number,
    )
    lies = f"Seite {number} liegt um {360 - reading.turn}° im Uhrzeigersinn gedreht"
    turned = Found(
        code="page.righted" if shown_upright else "page.turned",
        text=f"{lies} und wird aufrecht gezeigt." if shown_upright else f"{lies}.",
        severity=Severity.INFO,
        page=number,
        detail={"turn": reading.turn},
    )
    out = _of_quality(number, reading, place)
    out += [turned] if reading.turn else []
    out += [doubtful] if blank == "doubtful" else []
    return tuple(out)


def _of_straightening(number: int, skew: float, straightened: bool) -> tuple[Found, ...]:
    straight = Found(
        code="page.straightened",
        text=f"Seite {number} liegt um {abs(skew):.1f}° schief und wird gerade gezeigt.",
        severity=Severity.INFO,
        page=number,
        detail={"skew": round(skew, 2)},
    )
    return (straight,) if straightened else ()


def _placed(box: Pixels, place: Point) -> list[float]:
    (ax, ay), (bx, by) = place(box[0], box[1]), place(box[2], box[3])
    return [round(value, 1) for value in (min(ax, bx), min(ay, by), max(ax, bx), max(ay, by))]


def _of_quality(number: int, reading: Reading, place: Point) -> list[Found]:
    """Unread ink counts more than low confidence, which sees nothing of it."""
    confidence = transcript.confidence(reading.rows)
    if reading.uncovered > UNCOVERED:
        boxes = [_placed(box, place) for box in reading.unread]
        uncertain = Found(
            code="ocr.uncertain",
            text=f"Texterkennung unsicher, Seite {number}: "
            f"{reading.uncovered:.0%} der Schrift blieb ungelesen.",
            page=number,
            detail={
                "uncovered": round(reading.uncovered, 3),
                "boxes": boxes,
            },
        )
        return [uncertain]
    if reading.rows and confidence < LOW_CONFIDENCE:
        low = Found(
            code="ocr.low_confidence",
            text=f"Texterkennung unsicher, Seite {number}: geringe Erkennungssicherheit.",
            page=number,
            detail={"confidence": round(confidence)},
        )
        return [low]
    return []
