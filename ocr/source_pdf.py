"""PDF pages through pdfium: the picture of a scan as stored, or a rendering; and text of their own.

A page is a *scan* when it shows one upright picture over the whole sheet and nothing else visible
(an invisible text layer is ignored: recognition is ours). All other pages are rendered.
"""

from __future__ import annotations

import ctypes
import io
from pathlib import Path
from typing import Any

import pikepdf
import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c
from PIL import Image

from config.errors import HoldReason, InputError
from ocr.geometry import from_user_space, reading_dpi
from ocr.owntext import own_rows
from ocr.source_image import DAMAGED, prepare_pillow
from ocr.transcript import Pixels, Row
from ocr.views import Look, PageUnreadable

RENDER_DPI = 300.0  #: pages that are no scans are rendered so fine, at most
LEAST_RENDER_DPI = 150.0
MOST_PIXELS = 40_000_000  #: of a rendering
TEXT, IMAGE = 1, 3  #: kinds of page objects in pdfium
INVISIBLE = 3  #: text render mode (ISO 32000-1, table 106)
COVERS = 0.95  #: of the sheet, each way: the scanner's picture
RECTANGLE = 5  #: segments, with the way back


def open_pdf(path: Path) -> pdfium.PdfDocument:
    """The document; an empty user password opens. Raises ``InputError`` ENCRYPTED or UNREADABLE."""
    try:
        document = pdfium.PdfDocument(path)
        if len(document):
            return document
    except pdfium.PdfiumError:
        pass
    return _by_way_of_qpdf(path)


def _by_way_of_qpdf(path: Path) -> pdfium.PdfDocument:
    """What pdfium alone cannot open, but qpdf can mend; in memory, the file stays as it is."""
    try:
        with pikepdf.open(path) as mended:
            out = io.BytesIO()
            mended.save(out, encryption=False)
        document = pdfium.PdfDocument(out.getvalue())
        if len(document):
            return document
    except pikepdf.PasswordError as error:
        raise InputError(
            HoldReason.ENCRYPTED,
            "Die PDF-Datei ist verschlüsselt und lässt sich ohne Passwort nicht öffnen.",
        ) from error
    except (pikepdf.PdfError, pdfium.PdfiumError, *DAMAGED, RuntimeError, RecursionError):
        pass
    raise InputError(
        HoldReason.UNREADABLE,
        "Die PDF-Datei ist beschädigt: Kein Programm hier kann eine Seite davon zeigen.",
    )


class PdfSource:
    """A PDF file."""

    def __init__(self, path: Path) -> None:
        prepare_pillow()
        self._document = open_pdf(path)
        self._document.init_forms()
        self.count = len(self._document)

    def page(self, number: int) -> PdfPage:
        try:
            page = self._document[number - 1]
            if pdfium_c.FPDFPage_GetAnnotCount(page.raw):
                # Form values and stamps are text and ink of the page, as a viewer shows them.
                pdfium_c.FPDFPage_Flatten(page.raw, pdfium_c.FLAT_PRINT)
                page = self._document[number - 1]
            return PdfPage(page, number)
        except pdfium.PdfiumError as error:
            raise PageUnreadable(str(error)) from error


class PdfPage:
    """One page; see ``ocr.source.PageView``."""

    def __init__(self, page: Any, number: int) -> None:
        self._page = page
        self.number = number
        self.width, self.height = (max(1.0, float(side)) for side in page.get_size())
        self.whole = True
        self._objects = list(page.get_objects(max_depth=1))
        self.scan = self._scan()

    def own_rows(self) -> list[Row]:
        if self.scan is not None:
            return []
        hidden = {address(item) for item in self._objects[: self._cover() or 0]}
        return own_rows(self._page, hidden)

    def _scan(self) -> Any | None:
        """The scanner's picture, where the page shows that and nothing else.

        What was drawn before the picture lies under it; invisible text over it shows nothing.
        """
        place = self._cover()
        if place is None or not all(map(is_invisible, self._objects[place + 1 :])):
            return None
        picture = self._objects[place]
        matrix = picture.get_matrix()
        level = abs(matrix.b) < 1e-3 and abs(matrix.c) < 1e-3 and matrix.a > 0 and matrix.d > 0
        return picture if level else None

    def _cover(self) -> int | None:
        """Place of the last picture that hides everything drawn before it."""
        for place in reversed(range(len(self._objects))):
            item = self._objects[place]
            if item.type == IMAGE and self.share_covered(item.get_bounds()) >= COVERS:
                opaque = not pdfium_c.FPDFPageObj_HasTransparency(item.raw)
                cut = clip_bounds(item)
                whole = cut is None or self.share_covered(cut) >= COVERS
                return place if opaque and whole else None
        return None

    def has_visible_text(self) -> bool:
        """Whether text of the file's own is shown, forms inside the page included."""
        return any(
            item.type == TEXT and not is_invisible(item) for item in self._page.get_objects()
        )

    def has_full_picture(self) -> bool:
        """Whether one picture spans the sheet: a scanner's, also with marks over it."""
        return any(
            item.type == IMAGE and self.share_covered(item.get_bounds()) >= COVERS
            for item in self._objects
        )

    def share_covered(self, bounds: Pixels) -> float:
        """How much of the sheet an object spans, the smaller of both directions."""
        left, bottom, right, top = self._page.get_bbox()
        wide = min(right, bounds[2]) - max(left, bounds[0])
        high = min(top, bounds[3]) - max(bottom, bounds[1])
        return float(min(wide / max(1e-6, right - left), high / max(1e-6, top - bottom)))

    def grey(self) -> Look:
        image = None if self.scan is None else stored_picture(self.scan)
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
        return min(ax, bx), min(ay, by), max(ax, bx), max(ay, by)

    def _rendering(self) -> Look:
        dpi = min(RENDER_DPI, max(LEAST_RENDER_DPI, self.finest_dpi()))
        image = self.preview(dpi)
        dpi = reading_dpi(image.width, image.height, 72 * image.width / self.width)
        return Look(image, dpi, (0.0, 0.0, self.width, self.height))

    def finest_dpi(self) -> float:
        """Resolution of the finest large picture; what the file itself draws is worth 300."""
        found = [0.0]
        for item in self._objects:
            if item.type == IMAGE and self.share_covered(item.get_bounds()) > 0.3:
                left, _, right, _ = item.get_bounds()
                found.append(72 * item.get_px_size()[0] / max(1e-3, right - left))
            elif not is_invisible(item):
                found.append(RENDER_DPI)
        return max(found)

    def preview(self, dpi: float) -> Image.Image:
        most = (MOST_PIXELS / (self.width * self.height)) ** 0.5
        return self._render(min(dpi / 72, most), grayscale=True).convert("L")

    def picture(self, width: int) -> Image.Image:
        most = (MOST_PIXELS / (self.width * self.height)) ** 0.5
        image = self._render(min(width / self.width, most), rev_byteorder=True).convert("RGB")
        height = max(1, round(width * self.height / self.width))
        return image if image.size == (width, height) else image.resize((width, height))

    def _render(self, scale: float, **how: Any) -> Image.Image:
        try:
            image: Image.Image = self._page.render(scale=scale, **how).to_pil()
            return image
        except (pdfium.PdfiumError, *DAMAGED) as error:
            raise PageUnreadable(f"{type(error).__name__}: {error}") from error


CLOCKWISE = {
    90: Image.Transpose.ROTATE_270,
    180: Image.Transpose.ROTATE_180,
    270: Image.Transpose.ROTATE_90,
}


def is_invisible(item: Any) -> bool:
    mode = pdfium_c.FPDFTextObj_GetTextRenderMode(item.raw) if item.type == TEXT else None
    return bool(mode == INVISIBLE)


def address(item: Any) -> int | None:
    """The object's address, by which pdfium's text names it."""
    return ctypes.cast(item.raw, ctypes.c_void_p).value


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
