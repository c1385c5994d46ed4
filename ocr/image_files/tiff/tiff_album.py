"""A TIFF file as pages: one a directory, none of them left out in silence."""

from __future__ import annotations

from pathlib import Path

from ocr.findings import Found, Severity
from ocr.image_files import frames
from ocr.image_files.flat import flattened
from ocr.image_files.frames import Frame, Resolution
from ocr.image_files.pillow import (
    DAMAGED,
    lenient,
    not_displayable,
    prepare_pillow,
    quiet,
    unreadable,
)
from ocr.image_files.tiff import decoding
from ocr.image_files.tiff.decoding import OldJpeg, Raster, Stored, UnknownSample
from ocr.image_files.tiff.directories import Directory, Pages, pages_of
from ocr.image_files.tiff.layout import Compression, Layout, layout_of
from ocr.image_files.tiff.salvage import salvaged_frame
from ocr.page_view import PageUnreadable

SAME_FORM = 0.03  #: by which the form of a reduced version may differ from its picture's


class TiffAlbum:
    """See ``ocr.image_files.frames.Album``; raises ``InputError`` UNREADABLE, NOT_DISPLAYABLE."""

    def __init__(self, path: Path) -> None:
        prepare_pillow()
        self._path = path
        try:
            self._pages = pages_of(path)
        except (ValueError, OverflowError) as error:
            raise unreadable() from error
        if not self._pages.pages:
            raise not_displayable("TIFF, das nur Vorschaubilder und Kamera-Rohdaten enthält")
        self.count = len(self._pages.pages)
        self.findings = tuple(_of_file(self._pages))

    def size(self, number: int) -> tuple[int, int, int]:
        layout = self._layout(number)
        return layout.width, layout.height, max(1, layout.bits // 8) * layout.samples

    def frame(self, number: int, *, luma: bool) -> Frame:
        """``luma`` makes no difference here."""
        del luma
        directory, layout = self._pages.pages[number - 1], self._layout(number)
        orientation = orientation_of(directory)
        try:
            raster, whole = self._raster(number, directory, layout)
        except UnknownSample as error:
            raise not_displayable(
                f"Seite {number} ist ein TIFF-Bild mit einem Kanal, dessen Bedeutung es nicht nennt"
            ) from error
        icc = directory.raw(34675)
        if icc:
            raster.image.info["icc_profile"] = icc
        flat = flattened(raster.image)
        lost = layout.bits > 16 or (
            layout.bits == 16 and layout.samples > 1 and raster.deep is None
        )
        return Frame(
            image=frames.turned(flat.image, orientation),
            number=number,
            format="TIFF",
            resolution=resolution_of(directory).turned(orientation),
            orientation=orientation,
            whole=whole,
            flat=flat,
            deep=raster.deep,
            lost_depth=lost,
            findings=frames.frame_findings(number, flat, lost_depth=lost),
        )

    def fax_strip(self, number: int) -> tuple[bytes, bool] | None:
        """The one CCITT G4 strip of a picture as stored, and whether 0 is white."""
        directory, layout = self._pages.pages[number - 1], self._layout(number)
        if layout.compression is not Compression.G4 or layout.pieces != 1 or layout.tile:
            return None
        found = decoding.stored(self._path, directory, layout)
        if not found.whole or layout.reversed:
            return None
        return found.pieces[0], layout.photometric == 0

    def stored_size(self, number: int) -> tuple[int, int]:
        return self._pages.pages[number - 1].size

    def _layout(self, number: int) -> Layout:
        try:
            layout = layout_of(self._pages.pages[number - 1])
        except ValueError as error:
            raise PageUnreadable(str(error)) from error
        if isinstance(layout, str):
            raise not_displayable(f"Seite {number} ist ein TIFF-Bild mit {layout}")
        return layout

    def _raster(self, number: int, directory: Directory, layout: Layout) -> tuple[Raster, bool]:
        if layout.compression is Compression.OLD_JPEG:
            try:
                return decoding.old_jpeg(self._path, directory, layout), True
            except OldJpeg as error:
                raise not_displayable(
                    f"Seite {number} ist ein TIFF-Bild mit altem JPEG (Kompression 6)"
                ) from error
        found = decoding.stored(self._path, directory, layout)
        if decoding.contradicts_itself(layout, found):
            raise not_displayable(
                f"Seite {number} ist ein TIFF-Bild mit JPEG-Daten, deren Farben der Angabe der Datei "
                "widersprechen"
            )
        try:
            if found.whole:
                with quiet():
                    return decoding.decoded(directory, layout, found.pieces), True
        except DAMAGED:
            pass
        return self._salvaged(directory, layout, found), False

    def _salvaged(self, directory: Directory, layout: Layout, found: Stored) -> Raster:
        """What is left of a picture that is not whole."""
        pieces = found.pieces + (b"",) * (layout.pieces - len(found.pieces))
        try:
            with quiet(), lenient():
                left = salvaged_frame(directory, layout, pieces)
        except DAMAGED as error:
            raise PageUnreadable(f"{type(error).__name__}: {error}") from error
        if left is None:
            raise PageUnreadable("nothing of it can be decoded")
        return left


def orientation_of(directory: Directory) -> int:
    """The orientation mark, 1 (upright) to 8; a broken mark is no mark."""
    mark = directory.integer(frames.ORIENTATION, 1)
    return mark if 1 <= mark <= 8 else 1


def resolution_of(directory: Directory) -> Resolution:
    """Across and down as stored."""
    x = directory.numbers(frames.X_RESOLUTION)
    y = directory.numbers(frames.Y_RESOLUTION) or x
    if not x or not y:
        return Resolution()
    unit = directory.numbers(frames.RESOLUTION_UNIT)
    return frames.stated(x[0], y[0], int(unit[0]) if unit else None)


def _of_file(pages: Pages) -> list[Found]:
    out: list[Found] = []
    if not pages.unbroken:
        out.append(
            Found(
                code="tiff.chain_broken",
                text=f"Das Verzeichnis der TIFF-Seiten bricht nach Seite {len(pages.pages)} ab oder "
                "läuft im Kreis: Es können Seiten fehlen. Papier aufbewahren und neu scannen.",
                severity=Severity.BLOCKS_DESTRUCTION,
            )
        )
    if pages.another:
        out.append(
            Found(
                code="picture.further",
                text="Hinter den Bildern dieser TIFF-Datei beginnt in derselben Datei eine weitere; "
                "was darin steht, ist nur im Original enthalten. Papier aufbewahren.",
                severity=Severity.BLOCKS_DESTRUCTION,
            )
        )
    strangers = sum(not _is_version(one, pages.pages) for one in pages.reduced)
    if strangers or pages.hidden or pages.masks:
        count = strangers + pages.hidden + pages.masks
        out.append(frames.further_pictures(count, f"{count} weitere Bilder, die keine Seiten sind"))
    if len(pages.reduced) > strangers:
        out.append(
            Found(
                code="tiff.reduced",
                text="Die Datei enthält verkleinerte Fassungen ihrer Seiten; sie zählen nicht als "
                "Seiten.",
                severity=Severity.INFO,
                detail={"pictures": len(pages.reduced) - strangers},
            )
        )
    return out


def _is_version(reduced: Directory, pages: tuple[Directory, ...]) -> bool:
    """Smaller than one of the pages, and of its form."""
    width, height = reduced.size
    for page in pages:
        w, h = page.size
        if 0 < width <= w and 0 < height <= h and abs(width * h / (height * w) - 1) < SAME_FORM:
            return True
    return False
