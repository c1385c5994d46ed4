"""Reading one picture: recognition, its turn, its script, and a second look where ink stayed unread.

The rules and their limits are measured in docs/explanation/ocr.md. Only for isolated children.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from PIL import Image

from ocr import transcript
from ocr.engines import engine, language_models
from ocr.recognition import ink_signals, letter_spacing, second_model, sign_shapes
from ocr.scan_profile import ScanProfile
from ocr.transcript import Glyphs, Pixels, Row

UNCOVERED = 0.05  #: share of text-like ink outside all words from which a page is suspicious
DOUBTFUL_CONFIDENCE = 80.0
UPRIGHT_CONFIDENCE, UPRIGHT_LETTERS = 60.0, 40.0
BAND_SAYS_NO, BAND_SAYS_YES = -7.0, 3.0  #: points of confidence that the other script gains
ROTATE = {
    90: Image.Transpose.ROTATE_90,
    180: Image.Transpose.ROTATE_180,
    270: Image.Transpose.ROTATE_270,
}


@dataclass(frozen=True, slots=True)
class Reading:
    """Rows in pixels of the picture as it lies in ``image`` (already turned upright)."""

    rows: list[Row]
    image: Image.Image
    dpi: float
    turn: int  #: clockwise degrees that were applied
    language: str
    uncovered: float
    unread: list[Pixels]


# ------------------------------------------------------------------ recognition of a picture


def read_image(
    image: Image.Image,
    dpi: float,
    profile: ScanProfile,
    *,
    may_lie: bool = True,
    ink: ink_signals.Ink | None = None,
    known: Sequence[Row] = (),
) -> Reading:
    """Recognise a picture; tries turns, the other script and a second look where signs ask for it.

    ``may_lie`` is False for a page whose own text already says which way is up; ``ink`` is that of
    the picture, where the caller knows it; ``known`` is what needs no reading (the file's own text,
    in pixels).
    """
    language = _first_language(profile)
    rows = engine.read(image, dpi, language)
    counter = 0
    if may_lie and (profile.second_look or profile.may_rotate):
        rows, counter = best_turn(image, dpi, language, rows)
    if counter:
        image = image.transpose(ROTATE[counter])
    if counter or ink is None:
        ink = ink_signals.ink_of(image, dpi)
    if profile.second_look:
        language, rows = _right_script(image, dpi, language, rows, ink)
    share = ink_signals.uncovered(ink, [*rows, *known])
    if profile.second_look and (
        share > UNCOVERED or transcript.confidence(rows) < DOUBTFUL_CONFIDENCE
    ):
        rows = second_look(image, dpi, language, rows, ink)
        share = ink_signals.uncovered(ink, [*rows, *known])
    unread = ink_signals.regions(ink, [*rows, *known]) if share > UNCOVERED else []
    rows = sign_shapes.mended(image, second_model.mended(image, rows), language)
    rows = letter_spacing.joined(rows)
    return Reading(rows, image, dpi, (360 - counter) % 360, language, share, unread)


def _first_language(profile: ScanProfile) -> str:
    if profile.fraktur and "frk" in language_models.languages():
        return "frk"
    return "+".join(profile.languages)


def best_turn(
    image: Image.Image, dpi: float, language: str, rows: list[Row]
) -> tuple[list[Row], int]:
    """The reading of the page set upright, and the counter-clockwise degrees that do it.

    Tesseract's own orientation detection errs on low-resolution typewriting, so it is asked only
    when the reading itself looks wrong.
    """
    lying = transcript.standing(rows) > 0.5
    confidence = transcript.confidence(rows)
    if lying:
        angles = [90] if confidence >= UPRIGHT_CONFIDENCE else [270, 90]
    elif _is_upright(rows):
        return rows, 0
    else:
        guess = engine.orientation(image, dpi)
        angles = [guess] if guess else []
        if confidence < 45:
            angles += [angle for angle in (180, 270, 90) if angle not in angles]
    # Another script reads badly either way; lying on its side it reads as well as upright.
    enough = min(UPRIGHT_CONFIDENCE, confidence - 5) if confidence >= 45 else UPRIGHT_CONFIDENCE
    turn = 0
    for angle in angles:
        other = engine.read(image.transpose(ROTATE[angle]), dpi, language)
        better = transcript.sure_letters(other) > 1.2 * transcript.sure_letters(rows)
        stands = lying and not turn and transcript.standing(other) < 0.5
        if better or (stands and transcript.confidence(other) >= enough):
            rows, turn = other, angle
        if turn and _is_upright(rows):
            break
    return rows, turn


def _is_upright(rows: list[Row]) -> bool:
    return (
        transcript.confidence(rows) >= UPRIGHT_CONFIDENCE
        and transcript.sure_letters(rows) > UPRIGHT_LETTERS
    )


def _right_script(
    image: Image.Image, dpi: float, language: str, rows: list[Row], ink: ink_signals.Ink
) -> tuple[str, list[Row]]:
    """Antiqua or Fraktur: the fullest band of the page is read with both models.

    Where the band leaves it open, the whole page decides.
    """
    other = {"deu": "frk", "frk": "deu"}.get(language, "")
    band = ink_signals.fullest_band(ink, dpi)
    doubtful = 40 < transcript.confidence(rows) < DOUBTFUL_CONFIDENCE
    if not doubtful or band is None or other not in language_models.languages():
        return language, rows
    part = image.crop(_whole(band))
    gain = transcript.confidence(
        engine.read(part, dpi, other, engine.BLOCK)
    ) - transcript.confidence(engine.read(part, dpi, language, engine.BLOCK))
    if gain <= BAND_SAYS_NO:
        return language, rows
    read = engine.read(image, dpi, other)
    if gain >= BAND_SAYS_YES or transcript.confidence(read) > transcript.confidence(rows) + 2:
        return other, read
    return language, rows


def second_look(
    image: Image.Image, dpi: float, language: str, rows: list[Row], ink: ink_signals.Ink
) -> list[Row]:
    """Read again as one block, as scanned where the page was reduced, and the unread bands."""
    rows = _better(rows, _in_order(engine.read(image, dpi, language, engine.BLOCK), rows))
    if dpi >= 1.2 * engine.READ_DPI and ink_signals.uncovered(ink, rows) > UNCOVERED:
        # An overstated resolution reduces the letters away; the picture as it is reads then.
        modest = min(dpi, image.width / 8.27)
        rows = _better(rows, engine.read_as_is(image, modest, language, engine.BLOCK))
    if transcript.confidence(rows) >= UPRIGHT_CONFIDENCE:  # bands make bad Fraktur worse
        rows = _better(rows, _with_bands(image, dpi, language, rows, ink))
    return rows


def _whole(box: Pixels) -> tuple[int, int, int, int]:
    return round(box[0]), round(box[1]), round(box[2]), round(box[3])


def _better(old: list[Row], new: list[Row]) -> list[Row]:
    return new if transcript.sure_letters(new) > 1.02 * transcript.sure_letters(old) else old


def _in_order(new: list[Row], first: list[Row]) -> list[Row]:
    """One block loses the order of columns: rows follow the layout of the first run where they meet."""
    if not first:
        return new

    def place(row: Row) -> tuple[float, float]:
        middle = (row.box[1] + row.box[3]) / 2
        for number, other in enumerate(first):
            if other.box[1] <= middle <= other.box[3] and _share(row.box, other.box) > 0.5:
                return float(number), 0.0
        above = [n for n, other in enumerate(first) if (other.box[1] + other.box[3]) / 2 < middle]
        return (above[-1] if above else -1) + 0.5, middle

    return sorted(new, key=place)


def _share(one: Pixels, other: Pixels) -> float:
    """How much of the first box lies inside the second, 0..1."""
    wide = min(one[2], other[2]) - max(one[0], other[0])
    high = min(one[3], other[3]) - max(one[1], other[1])
    area = (one[2] - one[0]) * (one[3] - one[1])
    return max(0.0, wide) * max(0.0, high) / area if area > 0 else 0.0


def _with_bands(
    image: Image.Image, dpi: float, language: str, rows: list[Row], ink: ink_signals.Ink
) -> list[Row]:
    merged = list(rows)
    for band in ink_signals.regions(ink, rows):
        box = _whole(band)
        found = engine.read(image.crop(box), dpi, language, engine.BLOCK)
        merged = _merged(merged, transcript.shifted(found, box[0], box[1]))
    return merged


def _merged(rows: list[Row], new: list[Row]) -> list[Row]:
    """Words of ``new`` with confidence 50 and more take the place of the weaker ones they cover."""
    out = rows
    for row in new:
        words = [word for word in row.words if word.confidence >= 50]
        free = [word for word in words if not _held_by_better(word, out)]
        if free:
            out = [_without(old, free) for old in out]
            out = [old for old in out if old.words]
            out.insert(_slot(out, row), replace(row, words=tuple(free)))
    return out


def _held_by_better(word: Glyphs, rows: list[Row]) -> bool:
    return any(
        old.confidence >= word.confidence and _share(word.box, old.box) > 0.3
        for row in rows
        for old in row.words
    )


def _without(row: Row, words: list[Glyphs]) -> Row:
    kept = tuple(
        old for old in row.words if not any(_share(old.box, word.box) > 0.5 for word in words)
    )
    return replace(row, words=kept)


def _slot(rows: list[Row], row: Row) -> int:
    above = [n for n, old in enumerate(rows) if old.box[3] <= (row.box[1] + row.box[3]) / 2]
    return above[-1] + 1 if above else 0


def skew_of(rows: list[Row]) -> float:
    """Degrees, counter-clockwise positive: weighted median of the baselines longer than 200 px."""
    slopes = []
    for row in rows:
        if row.baseline is not None:
            x0, y0, x1, y1 = row.baseline
            if x1 - x0 > 200:
                slopes.append((math.degrees(math.atan2(y0 - y1, x1 - x0)), x1 - x0))
    if len(slopes) < 3:
        return 0.0
    slopes.sort()
    half = sum(weight for _, weight in slopes) / 2
    for value, weight in slopes:
        half -= weight
        if half <= 0:
            return value
    return 0.0
