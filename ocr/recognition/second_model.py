"""Reading doubtful words once more, by a model that has the signs which the German ones lack.

``eng`` has the §, is small (4 MB, 0.1 s to load) and comes with every tesseract of Debian; the script model
``Latin`` reads them no better for twenty times the memory. Only for isolated children.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from PIL import Image

from ocr.engines import engine, language_models
from ocr.recognition.ink_pieces import cut, ink
from ocr.recognition.section_signs import Doubt, doubts, section_in, with_section
from ocr.transcript import Glyphs, Row, around

MODEL = "eng"
LINE = 7  #: page segmentation: one line of text
MOST = 400  #: looks at a page; a word takes one mostly, four where it is no sign
HEIGHTS = (22.0, 14.5)  #: pixels of a digit; the second shape of § is known to the model when small
BEFORE = 3.0  #: times its height: how much of the word before a sign is shown with it
WIDEST = 4000  #: pixels of a picture that is shown again
NO_WORD = 0.0


def mended(image: Image.Image, rows: list[Row]) -> list[Row]:
    """The rows with the signs that a second look at their doubtful words saw.

    Boxes stay as they are. Without the model the rows stay, too (``registratur doctor`` names it).
    """
    found = list(doubts([[word.text for word in row.words] for row in rows]))
    if not found or MODEL not in language_models.languages():
        return rows
    words: list[list[tuple[Glyphs, ...]]] = [[(word,) for word in row.words] for row in rows]
    left = MOST
    for doubt in found:
        words[doubt.row][doubt.word], looks = _mended(image, rows[doubt.row], doubt, left)
        left -= looks
    return [
        replace(row, words=tuple(itertools.chain(*each)))
        for row, each in zip(rows, words, strict=True)
    ]


def _mended(
    image: Image.Image, row: Row, doubt: Doubt, most: int
) -> tuple[tuple[Glyphs, ...], int]:
    """The word or words that take its place, and how often was looked."""
    old = row.words[doubt.word]
    looks = 0
    for said, sure in itertools.islice(_looks(image, row, doubt), max(0, most)):
        looks += 1
        seen = section_in(said, doubt.number)
        if seen is not None:
            return _parted(replace(old, confidence=sure), with_section(doubt, seen)), looks
    return (old,), looks


def _parted(word: Glyphs, texts: tuple[str, ...]) -> tuple[Glyphs, ...]:
    """The word's box shared out to its texts by their letters."""
    x0, y0, x1, y1 = word.box
    wide = (x1 - x0) / max(1, sum(map(len, texts)))
    ends = list(itertools.accumulate((wide * len(text) for text in texts), initial=x0))
    return tuple(
        replace(word, text=text, box=(start, y0, end, y1))
        for text, (start, end) in zip(texts, itertools.pairwise(ends), strict=True)
    )


def _looks(image: Image.Image, row: Row, doubt: Doubt) -> Iterator[tuple[str, float]]:
    """What the model says: to the sign with its neighbours, large and small, and to the sign alone.

    Boxes of the first reading may cut a sign in two, hence the neighbours.
    """
    place = doubt.word
    last = place if doubt.tail else min(place + 1, len(row.words) - 1)
    yield _said(_cut(image, row, max(0, place - 1), place, last), HEIGHTS[0])
    part = _cut(image, row, place, place, last)
    for height in HEIGHTS:
        yield _said(part, height)
    signs = len(row.words[place].text) - len(doubt.lead) - len(doubt.tail)
    letters = _letters(_cut(image, row, place, place, place))[len(doubt.lead) :][: min(signs, 2)]
    said = [_said(letter, HEIGHTS[0]) for letter in letters]
    if said:
        alone = "".join(text[:1] for text, _ in said)
        yield f"{alone} {doubt.number}", min(sure for _, sure in said)


def _said(part: Image.Image, height: float) -> tuple[str, float]:
    """Text of one line of which the letters are as high as the part without its margins."""
    factor = height / max(1.0, part.height - 2 * _margin(part))
    size = max(1, round(part.width * factor)), max(1, round(part.height * factor))
    if size[0] > WIDEST:  # a rule, no word
        return "", NO_WORD
    how = Image.Resampling.BILINEAR if factor < 1 else Image.Resampling.BICUBIC
    rows = engine.read_as_is(part.resize(size, how), engine.READ_DPI, MODEL, LINE)
    words = [word for row in rows for word in row.words]
    sure = min((word.confidence for word in words if "§" in word.text), default=NO_WORD)
    return " ".join(word.text for word in words), sure or max(
        (word.confidence for word in words), default=NO_WORD
    )


def _margin(part: Image.Image) -> int:
    return int(part.info["margin"])


def _cut(image: Image.Image, row: Row, first: int, place: int, last: int) -> Image.Image:
    """Words ``first..last`` of a row alone on paper of their own, up to half the way to their neighbours."""
    boxes = [word.box for word in row.words]
    x0, y0, x1, y1 = around(boxes[first : last + 1])
    high = y1 - y0
    x0 = max(x0, boxes[place][0] - BEFORE * high)  # the end of the word before says enough
    before = boxes[first - 1][2] if first else x0 - high
    after = boxes[last + 1][0] if last + 1 < len(boxes) else x1 + high
    left = x0 - min(high / 4, max(0.0, (x0 - before) / 2))
    right = x1 + min(high / 4, max(0.0, (after - x1) / 2))
    ink = cut(image, left, y0 - high / 8, right, y1 + high / 8)
    margin = max(4, round(high / 2))
    paper = Image.new("L", (ink.width + 2 * margin, ink.height + 2 * margin), _paper(ink))
    paper.paste(ink, (margin, margin))
    paper.info["margin"] = margin + round(high / 8)
    return paper


def _paper(ink: Image.Image) -> int:
    return int(np.percentile(np.asarray(ink), 90))


def _letters(part: Image.Image) -> list[Image.Image]:
    """The pieces of ink of a cut word, from left to right, each on its own paper."""
    paper = _paper(part)
    dark = ink(part).any(axis=0)
    edges = np.flatnonzero(np.diff(np.concatenate(([0], dark.astype(np.int8), [0]))))
    margin = _margin(part)
    out = []
    for start, end in zip(edges[::2], edges[1::2], strict=True):
        letter = Image.new("L", (int(end - start) + 2 * margin, part.height), paper)
        letter.paste(part.crop((int(start), 0, int(end), part.height)), (margin, 0))
        letter.info["margin"] = margin
        out.append(letter)
    return out
