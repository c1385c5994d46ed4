"""PDF pages through pdfium: the picture of a scan as stored, or a rendering; and text of their own.

A page is a *scan* when it shows one upright picture over the whole sheet and nothing else visible
(an invisible text layer is ignored: recognition is ours). All other pages are rendered.
"""

from __future__ import annotations

import ctypes
import io
from pathlib import Path
from typing import Any

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c
from PIL import Image

from ocr import transcript
from ocr.geometry import from_user_space, reading_dpi
from ocr.page_sources.source_image import DAMAGED, prepare_pillow
from ocr.page_view import Look, PageUnreadable
from ocr.pdf import coverage
from ocr.pdf.annotations import Remark
from ocr.pdf.hidden_text import address, is_invisible, shows_nothing, text_below_pictures
from ocr.pdf.own_text import comment_rows, own_rows
from ocr.pdf.shown_pdf import show
from ocr.transcript import Pixels, Row

RENDER_DPI = 300.0  #: pages that are no scans are rendered so fine, at most
LEAST_RENDER_DPI = 150.0
MOST_PIXELS = 40_000_000  #: of a rendering
TEXT, IMAGE, FORM = 1, 3, 5  #: kinds of page objects in pdfium
COVERS = 0.95  #: of the sheet, each way: the scanner's picture
RECTANGLE = 5  #: segments, with the way back


class PdfSource:
    """A PDF file as a viewer shows it; ``shown`` says what was met on opening it."""

    def __init__(self, path: Path) -> None:
        prepare_pillow()
        self.shown = show(path)
        self._document = self.shown.document
        if not self.shown.drawn:
            self._document.init_forms()
        self.count = self.shown.count

    def page(self, number: int) -> PdfPage:
        try:
            page = self._document[number - 1]
            if not self.shown.drawn and pdfium_c.FPDFPage_GetAnnotCount(page.raw):
                page = self._flattened(page, number)
            comments = tuple(
                one
                for one in self.shown.remarks
                if one.page == number and one.is_read and one.box is not None
            )
            return PdfPage(
                page,
                number,
                unit=self.shown.units.get(number, 1.0),
                transparent=self.shown.transparent,
                comments=comments,
            )
        except pdfium.PdfiumError as error:
            raise PageUnreadable(str(error)) from error

    def _flattened(self, page: pdfium.PdfPage, number: int) -> pdfium.PdfPage:
        """Where qpdf cannot read the file; pdfium forgets a box that stands above the page."""
        box = page.get_bbox()
        page.set_mediabox(*box)
        page.set_cropbox(*box)
        pdfium_c.FPDFPage_Flatten(page.raw, pdfium_c.FLAT_NORMALDISPLAY)
        return self._document[number - 1]


class PdfPage:
    """One page; see ``ocr.page_view.PageView``. Points are true points (UserUnit is worked in)."""

    def __init__(
        self,
        page: pdfium.PdfPage,
        number: int,
        *,
        unit: float = 1.0,
        transparent: bool = True,
        comments: tuple[Remark, ...] = (),
    ) -> None:
        self._page = page
        self._unit = unit
        self._comments = comments
        self.number = number
        self.width, self.height = (max(1.0, float(side) * unit) for side in page.get_size())
        self.whole = True
        self._objects = list(page.get_objects(max_depth=1))
        self._pictures = coverage.pictures(page)
        self._cover = coverage.cover(self._pictures, tuple(page.get_bbox()))
        self._stored_as_shown = not transparent
        self._below = text_below_pictures(page, number, self._objects)
        self.scan = self._scan(transparent)

    def own_rows(self) -> list[Row]:
        if self.scan is not None:
            return []
        hidden = {address(self._objects[place]) for place in self._below.hidden}
        rows = own_rows(self._page, hidden)
        return rows if self._unit == 1 else transcript.scaled(rows, self._unit, self._unit)

    def comments(self) -> list[Row]:
        """What the page's comments say, each line where its comment stands."""
        return [
            row
            for one in self._comments
            if one.box is not None
            for row in comment_rows(one.text, self._displayed(one.box))
        ]

    def _scan(self, doubtful: bool) -> Any | None:
        """The scanner's picture, where the page shows that and nothing else.

        What was drawn before the picture lies under it; invisible text over it shows nothing.
        """
        place = self._full_picture()
        if place is None or not all(map(is_invisible, self._objects[place + 1 :])):
            return None
        picture = self._objects[place]
        matrix = picture.get_matrix()
        level = abs(matrix.b) < 1e-3 and abs(matrix.c) < 1e-3 and matrix.a > 0 and matrix.d > 0
        proved = set(self._below.hidden)
        others = [
            n
            for n in range(len(self._objects))
            if n != place and n not in proved and (doubtful or n < place)
        ]
        return picture if level and shows_nothing(self._page, self.number, others) else None

    def _full_picture(self) -> int | None:
        """Place of the last picture that spans the sheet and is neither cut nor faint."""
        for place in reversed(range(len(self._objects))):
            item = self._objects[place]
            spans = item.type == IMAGE and self.share_covered(item.get_bounds()) >= COVERS
            if spans and not coverage.is_a_colour(item):
                opaque = not pdfium_c.FPDFPageObj_HasTransparency(item.raw)
                cut = clip_bounds(item)
                whole = cut is None or self.share_covered(cut) >= COVERS
                return place if opaque and whole else None
        return None

    def has_visible_text(self) -> bool:
        """Whether text of the file's own is shown, forms inside the page included."""
        hidden = {address(self._objects[place]) for place in self._below.hidden}
        return any(
            item.type == TEXT and not is_invisible(item) and address(item) not in hidden
            for item in self._page.get_objects()
        )

    def scanned(self) -> coverage.Cover | None:
        """What pictures make of the sheet together, where they are a scan of it.

        Text of the page's own that shows through a picture makes that a watermark.
        """
        scan = self.scan is not None or (self._cover.is_scan and not self._below.shows)
        return self._cover if scan else None

    def dots_per_inch(self, cover: coverage.Cover) -> float:
        """The resolution that nearly all of the sheet reaches."""
        return 72 * cover.fineness / self._unit

    def share_covered(self, bounds: Pixels) -> float:
        """How much of the sheet an object spans, the smaller of both directions."""
        left, bottom, right, top = self._page.get_bbox()
        wide = min(right, bounds[2]) - max(left, bounds[0])
        high = min(top, bounds[3]) - max(bottom, bounds[1])
        return float(min(wide / max(1e-6, right - left), high / max(1e-6, top - bottom)))

    def grey(self) -> Look:
        image = stored_picture(self.scan) if self.scan and self._stored_as_shown else None
        if image is None or self.scan is None:
            return self._rendering()
        turn = self._page.get_rotation()
        if turn:
            image = image.transpose(CLOCKWISE[turn])
        area = self._displayed(self.scan.get_bounds())
        stated = 72 * image.width / max(1e-3, area[2] - area[0])
        return Look(image, reading_dpi(image.width, image.height, stated), area)

    def _displayed(self, bounds: Pixels) -> Pixels:
        place = from_user_space(tuple(self._page.get_bbox()), self._page.get_rotation())
        (ax, ay), (bx, by) = place(bounds[0], bounds[1]), place(bounds[2], bounds[3])
        x0, y0, x1, y1 = min(ax, bx), min(ay, by), max(ax, bx), max(ay, by)
        return x0 * self._unit, y0 * self._unit, x1 * self._unit, y1 * self._unit

    def _rendering(self) -> Look:
        dpi = min(RENDER_DPI, max(LEAST_RENDER_DPI, self.finest_dpi()))
        image = self.preview(dpi)
        dpi = reading_dpi(image.width, image.height, 72 * image.width / self.width)
        return Look(image, dpi, (0.0, 0.0, self.width, self.height))

    def finest_dpi(self) -> float:
        """Resolution of the finest large picture; what the file itself draws is worth 300."""
        found = [0.0]
        for one in self._pictures:
            if self.share_covered(one.box) > 0.3:
                across, down = one.box[2] - one.box[0], one.box[3] - one.box[1]
                finest = max(one.pixels) / max(1e-3, max(across, down))
                found.append(72 * finest / self._unit)
        if self._cover.is_scan:
            found.append(self.dots_per_inch(self._cover))
        pictures = (IMAGE, FORM) if self._cover.is_scan else (IMAGE,)
        if any(item.type not in pictures and not is_invisible(item) for item in self._objects):
            found.append(RENDER_DPI)
        return max(found)

    def preview(self, dpi: float) -> Image.Image:
        return self._render(dpi / 72, grayscale=True).convert("L")

    def picture(self, width: int) -> Image.Image:
        image = self._render(width / self.width, rev_byteorder=True).convert("RGB")
        height = max(1, round(width * self.height / self.width))
        return image if image.size == (width, height) else image.resize((width, height))

    def _render(self, scale: float, **how: Any) -> Image.Image:
        """``scale``: pixels for a true point; less where that were more than ``MOST_PIXELS``."""
        most = (MOST_PIXELS / (self.width * self.height)) ** 0.5
        try:
            drawn = self._page.render(scale=min(scale, most) * self._unit, **how)
            image: Image.Image = drawn.to_pil()
            return image
        except (pdfium.PdfiumError, *DAMAGED) as error:
            raise PageUnreadable(f"{type(error).__name__}: {error}") from error


CLOCKWISE = {
    90: Image.Transpose.ROTATE_270,
    180: Image.Transpose.ROTATE_180,
    270: Image.Transpose.ROTATE_90,
}


def clip_bounds(item: Any) -> Pixels | None:
    """The rectangle that an object is cut to; None: it is not cut.

    Anything but one rectangle (curves, several paths, letters) gives an empty one.
    """
    clip = pdfium_c.FPDFPageObj_GetClipPath(item.raw)
    paths = pdfium_c.FPDFClipPath_CountPaths(clip) if clip else -1
    if paths < 0:
        return None
    if paths != 1 or pdfium_c.FPDFClipPath_CountPathSegments(clip, 0) > RECTANGLE:
        return 0.0, 0.0, 0.0, 0.0
    xs, ys = [], []
    for number in range(pdfium_c.FPDFClipPath_CountPathSegments(clip, 0)):
        x, y = ctypes.c_float(), ctypes.c_float()
        segment = pdfium_c.FPDFClipPath_GetPathSegment(clip, 0, number)
        pdfium_c.FPDFPathSegment_GetPoint(segment, x, y)
        xs.append(x.value)
        ys.append(y.value)
    return (min(xs), min(ys), max(xs), max(ys)) if xs else (0.0, 0.0, 0.0, 0.0)


def stored_picture(item: Any) -> Image.Image | None:
    """The stored pixels, grey or bilevel, without rendering; None where that would not be faithful.

    A JPEG gives its luma alone (half of the cost); a picture that comes out dark may be a mask or
    inverted, and is left to the renderer.
    """
    image = _luma(item) or _decoded(item)
    if image is None:
        return None
    thumb = image.convert("L").resize((64, 64), Image.Resampling.BOX)
    return image if sum(thumb.tobytes()) / 4096 > 100 else None


def _luma(item: Any) -> Image.Image | None:
    if item.get_filters() != ["DCTDecode"]:
        return None
    try:
        image = Image.open(io.BytesIO(bytes(item.get_data())), formats=("JPEG",))
        if image.mode not in ("L", "RGB"):
            return None
        image.draft("L", image.size)
        image.load()
        return image.convert("L")
    except DAMAGED:
        return None


def _decoded(item: Any) -> Image.Image | None:
    try:
        image: Image.Image = item.get_bitmap().to_pil()
    except (pdfium.PdfiumError, *DAMAGED):
        return None
    return image if image.mode == "1" else image.convert("L")
