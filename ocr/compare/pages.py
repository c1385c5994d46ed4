"""Some pages of a copy against their source, by every drawer; runs in an isolated child."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TypeVar

import numpy as np
from PIL import Image

from ocr.accepted_kinds import FileKind, kind_of
from ocr.compare.annotated import drawn_source, lies_in_annotations
from ocr.compare.differences import Picture, Tolerance, ink, overlap, spots
from ocr.compare.drawers import (
    PDFIUM,
    POPPLER,
    Drawer,
    NotDrawn,
    Pdfium,
    Poppler,
    coarser,
    is_plain,
    units,
)
from ocr.compare.fonts import standard_fonts
from ocr.compare.orders import DPI, MOST_PIXELS, Look, Made, Order, PageCompared, Pair, Result
from ocr.compare.picture_files import PictureFile

#: Found and shown by ``tests/unit/ocr/test_compare_campaign.py``; see docs/explanation/ocr.md.
TOLERANCES = {
    Made.KEPT: Tolerance(distance=1, floor=6, contrast=0.0, faint=4, moves=0, limit=120),
    Made.PICTURE: Tolerance(distance=1, floor=8, contrast=0.6, faint=4, moves=2, limit=300),
    Made.REDRAWN: Tolerance(distance=1, floor=8, contrast=0.6, faint=4, moves=2, limit=300),
}
STRAIGHTENED = Tolerance(distance=2, floor=8, contrast=0.5, faint=8, moves=2, limit=400)
#: Between two drawers of one source: where they are a little apart, a copy may be a little more.
APART = replace(TOLERANCES[Made.REDRAWN], limit=40)
COARSE = Tolerance(distance=5, floor=40, contrast=0.3, faint=30, moves=0, limit=3000)
FINER = 2  #: times finer is a source drawn that the copy shows as a picture, or askew
MOST_SPOTS = 8  #: told of a page
MOST_DRAWN = 20_000_000  #: pixels of one side that are held at once
LEAST_DPI = 20.0
#: pixels of a side that drawers round up, so that a picture of 1055 is not drawn on 1056
LESS = 0.4
SAME_SIZE = 1.0  #: points
SAME_PROPORTION = 0.02
SOME_INK = 50  #: pixels; a page that one drawer shows with so much is not empty

Shown = Picture | NotDrawn
Opened = TypeVar("Opened")
Drawers = Mapping[str, Callable[[Path], Drawer]]


@dataclass(frozen=True, slots=True)
class _Page:
    """A pair of pages, how fine it is drawn, and what is wrong with the sizes already."""

    pair: Pair
    dpi: float
    width: float  #: points of the copy's page; 0 where nobody knows
    height: float
    misfit: str = ""
    is_exact: bool = False  #: drawn as the copy's picture was, pixel upon pixel

    @property
    def pixels(self) -> float:
        return self.width * self.height * (self.dpi / 72) ** 2

    @property
    def finer(self) -> int:
        """Times that the source is drawn finer, and made smaller afterwards as the copy is."""
        is_made_smaller = self.pair.skew or self.pair.made is Made.REDRAWN
        return FINER if is_made_smaller and not self.is_exact else 1


@dataclass(frozen=True, slots=True)
class _Files:
    """Both files with both drawers; what does not open says why in its place."""

    picture: PictureFile | NotDrawn | None  #: the source, where it is no PDF
    source: dict[str, Drawer | NotDrawn]
    copy: dict[str, Drawer | NotDrawn]
    source_units: Mapping[int, float]
    copy_units: Mapping[int, float]


def compare_pages(order: Order) -> tuple[PageCompared, ...]:
    """Each pair of pages as each drawer shows it."""
    with standard_fonts() as fonts:
        return _compare_pages(order, {PDFIUM: Pdfium, POPPLER: partial(Poppler, fonts=fonts)})


def _compare_pages(order: Order, drawers: Drawers) -> tuple[PageCompared, ...]:
    is_pdf = kind_of(order.source) is FileKind.PDF
    files = _Files(
        picture=None if is_pdf else _opened(PictureFile, order.source),
        source={name: _opened(drawer, order.source) for name, drawer in drawers.items() if is_pdf},
        copy={name: _opened(drawer, order.copy) for name, drawer in drawers.items()},
        source_units=units(order.source) if is_pdf else {},
        copy_units=units(order.copy),
    )
    pages = [_measured(files, pair) for pair in order.pairs]
    found = itertools.chain.from_iterable(_compared(files, some) for some in _parted(pages))
    places = {page.pair.copy: page for page in pages}
    return tuple(
        one
        if one.result is not Result.DIFFERS
        else _of_pdf_again(order.source, drawers, files, places[one.page], one)
        if is_pdf
        else _pixel_by_pixel(files, places[one.page], one)
        for one in found
    )


def _of_pdf_again(
    source: Path, drawers: Drawers, files: _Files, page: _Page, found: PageCompared
) -> PageCompared:
    """Judged once more by what drawers are known to do, where that alone would explain it."""
    found = _as_fine_as_the_copy(files, page, found)
    if found.result is not Result.DIFFERS:
        return found
    return _with_annotations(source, drawers, files, page, found)


def _as_fine_as_the_copy(files: _Files, page: _Page, found: PageCompared) -> PageCompared:
    """Judged once more with the source drawn as finely as the copy's picture of it was.

    Drawers make no line thinner than a pixel: a hairline is the paler the finer it was drawn.
    """
    copy = files.copy[PDFIUM]
    if page.pair.made is not Made.REDRAWN or page.misfit or not isinstance(copy, Pdfium):
        return found
    own = copy.picture_dpi(page.pair.copy) / files.copy_units.get(page.pair.copy, 1.0)
    finer = replace(page, dpi=own, is_exact=True)
    if own <= page.dpi or finer.pixels > MOST_PIXELS:
        return found
    (again,) = _compared(files, [finer])
    looks = tuple(
        later if first.result is Result.DIFFERS and later.result is Result.ALIKE else first
        for first, later in zip(found.looks, again.looks, strict=True)
    )
    return replace(found, looks=looks)


def _pixel_by_pixel(files: _Files, page: _Page, found: PageCompared) -> PageCompared:
    """Judged once more as fine as the picture is: drawers make pictures smaller in their own ways."""
    if isinstance(files.picture, NotDrawn) or files.picture is None or page.misfit:
        return found
    try:
        _, longest = files.picture.shape(page.pair.source)
    except NotDrawn:
        return found
    own = 72 * (longest - LESS) / max(page.width, page.height, 1.0)
    finer = replace(page, dpi=coarser(page.width, page.height, own))
    if finer.dpi < min(own, page.dpi):
        return found
    (again,) = _compared(files, [finer])
    return again if again.result is Result.ALIKE else found


def _with_annotations(
    source: Path, drawers: Drawers, files: _Files, page: _Page, found: PageCompared
) -> PageCompared:
    """Judged once more where all that differs lies within the source's annotations."""
    differing = [look for look in found.looks if look.result is Result.DIFFERS]
    number = page.pair.source
    if not all(
        look.spots
        and look.places == len(look.spots)
        and lies_in_annotations(source, number, look.spots)
        for look in differing
    ):
        return found
    with drawn_source(source) as path:
        if path is None:
            return found
        shown = replace(
            files, source={look.drawer: _opened(drawers[look.drawer], path) for look in differing}
        )
        again = {
            look.drawer: look
            for one in _compared(replace(shown, copy=_some(files.copy, shown.source)), [page])
            for look in one.looks
        }
    looks = tuple(
        again[look.drawer]
        if look.result is Result.DIFFERS and again[look.drawer].result is Result.ALIKE
        else look
        for look in found.looks
    )
    return replace(found, looks=looks)


def _some(
    drawers: Mapping[str, Drawer | NotDrawn], names: Iterable[str]
) -> dict[str, Drawer | NotDrawn]:
    return {name: drawers[name] for name in names}


def _opened(opens: Callable[[Path], Opened], path: Path) -> Opened | NotDrawn:
    try:
        return opens(path)
    except NotDrawn as why:
        return why


def _parted(pages: Sequence[_Page]) -> Iterator[list[_Page]]:
    """So many at once as memory allows."""
    some: list[_Page] = []
    for page in pages:
        if some and sum(one.pixels for one in some) + page.pixels > MOST_DRAWN:
            yield some
            some = []
        some.append(page)
    yield some


# ------------------------------------------------------------------ sizes


def _measured(files: _Files, pair: Pair) -> _Page:
    """How large the copy's page is, and whether the source's is as large."""
    copy = _size(files.copy[PDFIUM], pair.copy)
    if copy is None:
        return _Page(pair, DPI, 0.0, 0.0)
    unit = files.copy_units.get(pair.copy, 1.0)
    copy = (copy[0] * unit, copy[1] * unit)
    page = _Page(pair, coarser(*copy), *copy)
    if files.picture is not None:
        return _fitted(files.picture, page)
    source = _size(files.source[PDFIUM], pair.source)
    if source is None:
        return page
    unit = files.source_units.get(pair.source, 1.0)
    source = (source[0] * unit, source[1] * unit)
    wanted = source[::-1] if pair.turn % 180 else source
    if max(abs(a - b) for a, b in zip(wanted, copy, strict=True)) <= SAME_SIZE:
        return page
    said = "{:.0f} x {:.0f} pt statt {:.0f} x {:.0f} pt".format(*copy, *wanted)
    return replace(page, misfit=f"die Seite ist {said} groß")


def _size(drawer: Drawer | NotDrawn, number: int) -> tuple[float, float] | None:
    try:
        return drawer.size(number) if isinstance(drawer, Pdfium) else None
    except NotDrawn:
        return None


def _fitted(picture: PictureFile | NotDrawn, page: _Page) -> _Page:
    """No finer than the picture itself: drawers enlarge pixels in ways of their own."""
    if isinstance(picture, NotDrawn):
        return page
    try:
        wanted, longest = picture.shape(page.pair.source)
    except NotDrawn:
        return page
    own = max(LEAST_DPI, 72 * longest / max(page.width, page.height))
    page = replace(page, dpi=min(page.dpi, own))
    wanted = 1 / wanted if page.pair.turn % 180 else wanted
    found = page.width / page.height
    if abs(found / wanted - 1) <= SAME_PROPORTION:
        return page
    said = f"(Breite zu Höhe {found:.2f} statt {wanted:.2f})"
    return replace(page, misfit=f"die Seite ist verzerrt {said}")


# ------------------------------------------------------------------ pictures


def _compared(files: _Files, pages: list[_Page]) -> Iterator[PageCompared]:
    copies = {
        name: _drawn(drawer, pages, files.copy_units, of_copy=True)
        for name, drawer in files.copy.items()
    }
    fitted: dict[tuple[int, tuple[int, int]], Shown] = {}
    sources = {
        name: (
            _drawn(files.source[name], pages, files.source_units, of_copy=False)
            if files.picture is None
            else [
                _fitting(files.picture, *both, fitted)
                for both in zip(pages, copies[name], strict=True)
            ]
        )
        for name in copies
    }
    for place, page in enumerate(pages):
        shown = {name: (sources[name][place], copies[name][place]) for name in copies}
        yield PageCompared(
            page=page.pair.copy, looks=tuple(_look(name, page, shown) for name in shown)
        )


def _drawn(
    drawer: Drawer | NotDrawn, pages: list[_Page], units: Mapping[int, float], *, of_copy: bool
) -> list[Shown]:
    """The pages in their order; neighbours of one resolution are drawn in one go."""
    if isinstance(drawer, NotDrawn):
        return [drawer] * len(pages)
    places = [
        (page.pair.copy, page.dpi) if of_copy else (page.pair.source, page.dpi * page.finer)
        for page in pages
    ]
    wanted = [(number, dpi * units.get(number, 1.0)) for number, dpi in places]
    found: list[Shown] = []
    for _, run in itertools.groupby(
        enumerate(wanted), key=lambda item: (item[1][0] - item[0], item[1][1])
    ):
        numbers = [item for _, item in run]
        found += drawer.draw(range(numbers[0][0], numbers[-1][0] + 1), numbers[0][1])
    if of_copy:
        return found
    return [_as_in_copy(shown, page) for shown, page in zip(found, pages, strict=True)]


def _fitting(
    picture: PictureFile | NotDrawn,
    page: _Page,
    copy: Shown,
    fitted: dict[tuple[int, tuple[int, int]], Shown],
) -> Shown:
    """The frame in the size of the copy's page as drawn; once where the drawers agree on that."""
    if isinstance(picture, NotDrawn) or isinstance(copy, NotDrawn):
        return picture if isinstance(picture, NotDrawn) else np.zeros((1, 1, 3), np.uint8)
    height, width = (page.finer * side for side in copy.shape[:2])
    size = (height, width) if page.pair.turn % 180 else (width, height)
    place = page.pair.copy, size
    if place not in fitted:
        try:
            fitted[place] = _as_in_copy(picture.draw(page.pair.source, size), page)
        except NotDrawn as why:
            fitted[place] = why
    return fitted[place]


def _as_in_copy(source: Shown, page: _Page) -> Shown:
    """Turned and straightened as the profile allowed it for the copy."""
    pair = page.pair
    if isinstance(source, NotDrawn):
        return source
    if pair.turn:
        source = np.ascontiguousarray(np.rot90(source, k=-pair.turn // 90))
    if pair.skew:
        level = Image.fromarray(source).rotate(
            -pair.skew, Image.Resampling.BICUBIC, fillcolor="white"
        )
        source = np.asarray(level)
    if page.finer == 1:
        return source
    return np.asarray(Image.fromarray(source).reduce(page.finer))


# ------------------------------------------------------------------ judging


def _look(name: str, page: _Page, shown: dict[str, tuple[Shown, Shown]]) -> Look:
    source, copy = shown[name]
    look = Look(drawer=name, result=Result.DIFFERS, dpi=round(page.dpi, 1))
    if isinstance(source, NotDrawn):
        return replace(look, result=Result.NOT_COMPARED, why=str(source))
    if isinstance(copy, NotDrawn):
        return replace(look, why=f"die Lesefassung ist nicht darstellbar: {copy}")
    others = [both[0] for other, both in shown.items() if other != name]
    if is_plain(source) and any(_has_ink(other) for other in others):
        why = f"{name} zeigt die Seite des Originals leer, das andere Programm nicht"
        return replace(look, result=Result.NOT_COMPARED, why=why)
    if page.misfit:
        return replace(look, why=page.misfit)
    try:
        return _judged(look, page, source, copy, others)
    except ValueError:
        return replace(look, why="die Seite ist anders groß")


def _has_ink(shown: Shown) -> bool:
    return not isinstance(shown, NotDrawn) and ink(shown) > SOME_INK


def _judged(
    look: Look, page: _Page, source: Picture, copy: Picture, others: Sequence[Shown]
) -> Look:
    pair = page.pair
    moves = {"moves": 0} if page.is_exact else {}  # nothing was rounded, and moving is dear
    usual = STRAIGHTENED if pair.skew else TOLERANCES[pair.made]
    found = spots(source, copy, replace(usual, **moves))
    if not found:
        return replace(look, result=Result.ALIKE)
    if pair.made is Made.REDRAWN and look.drawer != PDFIUM:
        # The picture is pdfium's. Where this drawer shows the source itself otherwise (a font that
        # the file does not bring), it can only say that nothing is missing.
        apart = [
            spot
            for other in others
            if not isinstance(other, NotDrawn)
            for spot in spots(source, other, replace(APART, **moves))
        ]
        missing = [spot for spot in found if not any(overlap(spot, other) for other in apart)]
        if not missing and not spots(source, copy, COARSE):
            return replace(look, result=Result.ALIKE, otherwise=True)
    return replace(look, spots=found[:MOST_SPOTS], places=len(found))
