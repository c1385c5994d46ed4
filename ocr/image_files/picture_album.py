"""JPEG, PNG, GIF, BMP, WebP, HEIC and JPEG 2000 as pages.

One picture a file, but for HEIC, whose pictures of equal rank are all pages. Whatever else such a
file holds (animation, further views) is said in a finding.
"""

from __future__ import annotations

import io
import mmap
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image

from ocr.accepted_kinds import HEAD, FileKind
from ocr.findings import Found, Severity
from ocr.image_files import bmp, frames, jp2, jpeg, png
from ocr.image_files.flat import flattened
from ocr.image_files.frames import Frame, Resolution
from ocr.image_files.pillow import DAMAGED, lenient, not_displayable, open_image, quiet, unreadable
from ocr.page_view import PageUnreadable

MULTI_PICTURE = "MPO"
MP_ENTRIES = 0xB002
PREVIEW = "Large Thumbnail"
TURNED_BY_MARK = ("JPEG", MULTI_PICTURE, "PNG", "WEBP")
HEVC = b"hvc1"
#: Item types of a HEIF file that hold pictures in other codings (ISO/IEC 23008-12).
HEIF_CODINGS = {
    b"av01": "AV1-Bildern",
    b"avc1": "AVC-Bildern",
    b"vvc1": "VVC-Bildern",
    b"j2k1": "JPEG-2000-Bildern",
    b"unci": "unkomprimierten Bildern",
}
DENSITY_INCH, DENSITY_CENTIMETRE = 1, 2  #: of JFIF
SAME_FORM = 0.03  #: by which the form of a preview may differ from its picture's
FILM_HEADS = range(16, 257)  #: bytes of the box that a film begins with (ISO/IEC 14496-12, 4.3)
FILM_BOXES = {b"moov", b"mpvd"}  #: a track of pictures, a film behind a still
CGBI = b"CgBI"  #: first chunk of the PNG files inside programs for Apple's telephones


class PictureAlbum:
    """See ``ocr.image_files.frames.Album``; raises ``InputError`` UNREADABLE, NOT_DISPLAYABLE."""

    def __init__(self, path: Path, kind: FileKind) -> None:
        self._path = path
        self._kind = kind
        with _bytes_of(path) as data:
            _check(data, kind)
            behind, film = _behind(data, kind), _holds_film(data, kind)
            repair = {FileKind.JPEG: jpeg.with_true_height, FileKind.PNG: png.without_damaged_notes}
            self._repaired = repair[kind](data) if kind in repair else None
        with quiet(), self._open() as image:
            self._order = _order(image)
            self.findings = tuple(_of_file(image, behind) + ([_of_film()] if film else []))
        self.count = len(self._order)

    def _open(self) -> Image.Image:
        return open_image(io.BytesIO(self._repaired) if self._repaired else self._path)

    def size(self, number: int) -> tuple[int, int, int]:
        with quiet(), self._open() as image:
            self._go_to(image, number)
            return image.width, image.height, {"1": 1, "L": 1, "P": 1, "I;16": 2}.get(image.mode, 4)

    def frame(self, number: int, *, luma: bool) -> Frame:
        """The picture; ``luma``: of a coloured JPEG the brightness alone, at half of the cost."""
        try:
            return self._frame(number, luma, whole=True)
        except DAMAGED:
            with lenient():
                try:
                    return self._frame(number, luma, whole=False)
                except DAMAGED as error:
                    raise PageUnreadable(f"{type(error).__name__}: {error}") from error

    def _go_to(self, image: Image.Image, number: int) -> None:
        place = self._order[number - 1]
        if image.tell() != place:
            image.seek(place)

    def _frame(self, number: int, luma: bool, *, whole: bool) -> Frame:
        with quiet(), self._open() as image:
            self._go_to(image, number)
            only_luma = luma and self._kind is FileKind.JPEG and image.mode == "RGB"
            if only_luma:
                image.draft("L", image.size)
            image.load()
            orientation = _orientation(image)
            resolution = _resolution(image).turned(orientation)
            plain, lost = self._understood(image)
        flat = flattened(plain)
        return Frame(
            image=frames.turned(flat.image, orientation),
            number=number,
            format="JPEG" if image.format == MULTI_PICTURE else str(image.format),
            resolution=resolution,
            orientation=orientation,
            whole=whole,
            luma=only_luma,
            flat=flat,
            lost_depth=lost,
            findings=frames.frame_findings(number, flat, lost_depth=lost),
        )

    def _understood(self, image: Image.Image) -> tuple[Image.Image, bool]:
        """What the file means where Pillow does not tell; and whether fine values were lost."""
        if self._kind is FileKind.PNG:
            with _bytes_of(self._path) as data:
                head = png.read_head(data)
            image.info |= head.transparent(image.mode, image.info.get("transparency"))
            return image, head.depth == 16 and (head.has_alpha or head.interlaced)
        if self._kind is FileKind.JPEG2000:
            return self._of_jp2(image)
        return image, self._kind is FileKind.HEIC and int(image.info.get("bit_depth", 8)) > 8

    def _of_jp2(self, image: Image.Image) -> tuple[Image.Image, bool]:
        with _bytes_of(self._path) as data:
            head = jp2.read_jp2(data)
        if isinstance(head, str):
            raise not_displayable(f"JPEG 2000 mit {head}")
        if head.further:
            image = image.convert({"LA": "L", "RGBA": "RGB"}.get(image.mode, image.mode))
        if head.palette:  # Pillow's own leaves out colours that occur twice
            image.putpalette(head.palette)
        if head.icc is not None:
            image.info["icc_profile"] = head.icc
        return image, head.depth > 8 and image.mode != "I;16" and not head.is_plain


class BitmapAlbum:
    """A BMP; see ``ocr.image_files.frames.Album``; raises ``InputError`` UNREADABLE,
    NOT_DISPLAYABLE."""

    count = 1
    findings: tuple[Found, ...] = ()

    def __init__(self, path: Path) -> None:
        self._path = path
        head = self._head()
        self._size = head.width, head.height

    def _head(self) -> bmp.Bitmap:
        with _bytes_of(self._path) as data:
            try:
                found = bmp.read_head(data)
            except ValueError as error:
                raise unreadable() from error
        if isinstance(found, str):
            raise not_displayable(f"BMP mit {found}")
        return found

    def size(self, number: int) -> tuple[int, int, int]:
        del number
        return *self._size, 4

    def frame(self, number: int, *, luma: bool) -> Frame:
        del luma
        head = self._head()
        try:
            image, whole = bmp.decode(self._path.read_bytes(), head)
        except DAMAGED as error:
            raise PageUnreadable(f"{type(error).__name__}: {error}") from error
        flat = flattened(image)
        lost = any(mask.bit_count() > 8 for mask in head.masks)
        return Frame(
            image=flat.image,
            number=number,
            format="BMP",
            resolution=frames.in_dpi(*head.dpi) if head.dpi else Resolution(),
            whole=whole,
            flat=flat,
            lost_depth=lost,
            findings=frames.frame_findings(number, flat, lost_depth=lost),
        )


@contextmanager
def _bytes_of(path: Path) -> Iterator[bytes]:
    """The file's bytes, read as far as they are looked at."""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as view:
        yield view  # type: ignore[misc]  # slices are bytes


def _check(data: bytes, kind: FileKind) -> None:
    """Refuse what the decoder would show wrongly, or call damaged though it is not."""
    try:
        if kind is FileKind.JPEG:
            read = jpeg.read_jpeg(data)
            doubt = jpeg.doubt(read) if read else None
            if doubt:
                raise not_displayable(doubt)
        elif kind is FileKind.JPEG2000:
            found = jp2.read_jp2(data)
            if isinstance(found, str):
                raise not_displayable(f"JPEG 2000 mit {found}")
        elif kind is FileKind.PNG:
            if data[12:16] == CGBI:
                raise not_displayable("PNG in der Form für Apple-Programme (CgBI)")
            png.read_head(data)
        elif kind is FileKind.HEIC:
            head = data[:HEAD]
            if b"moov" in jp2.boxes(data) and b"meta" not in jp2.boxes(data):
                raise not_displayable("HEIF, das nur aus einer Bildfolge besteht")
            foreign = [name for mark, name in HEIF_CODINGS.items() if mark in head]
            if foreign and HEVC not in head:
                raise not_displayable(f"HEIF mit {foreign[0]}")
    except ValueError as error:
        raise unreadable() from error


def _order(image: Image.Image) -> list[int]:
    """The places of the pictures that are pages: of HEIC all, the primary one first."""
    first = image.tell()
    if image.format != "HEIF":
        return [first]
    return [first, *(n for n in range(getattr(image, "n_frames", 1)) if n != first)]


def _behind(data: bytes, kind: FileKind) -> int:
    """How many pictures follow the first one in the file; its previews are not counted."""
    if kind is FileKind.PNG:
        return png.pictures_behind(data)
    if kind is FileKind.JPEG2000:
        return jp2.codestreams(data) - 1
    first = jpeg.read_jpeg(data) if kind is FileKind.JPEG else None
    if first is None:
        return 0
    return sum(not _is_preview(one, first) for one in jpeg.pictures_behind(data, first.end))


def _holds_film(data: bytes, kind: FileKind) -> bool:
    """Whether a film stands beside or behind the picture (a sequence, a "motion photo")."""
    if kind is FileKind.HEIC:
        return bool(FILM_BOXES & jp2.boxes(data))
    first = jpeg.read_jpeg(data) if kind is FileKind.JPEG else None
    at = data.find(b"ftyp", first.end) if first else -1
    return at >= 4 and int.from_bytes(data[at - 4 : at], "big") in FILM_HEADS


def _of_film() -> Found:
    return Found(
        code="picture.further",
        text="Die Datei enthält außer dem Bild einen Film (bewegtes Foto oder Bildfolge); er ist nur "
        "im Original enthalten.",
        severity=Severity.BLOCKS_DESTRUCTION,
    )


def _is_preview(one: jpeg.Jpeg, first: jpeg.Jpeg) -> bool:
    """Smaller than the picture, and of its form."""
    (width, height), (w, h) = one.size, (first.size[0], first.lines or first.size[1])
    return 0 < width < w and 0 < height < h and abs(width * h / (height * w) - 1) < SAME_FORM


def _of_file(image: Image.Image, behind: int) -> list[Found]:
    if image.format == "HEIF":
        return []
    if behind and image.format != MULTI_PICTURE:
        return [frames.further_pictures(behind, f"{behind + 1} Bilder hintereinander")]
    if image.format == MULTI_PICTURE:
        entries = getattr(image, "mpinfo", {}).get(MP_ENTRIES, [])[1:]
        views = [one for one in entries if PREVIEW not in one["Attribute"]["MPType"]]
        if not views:
            return []
        count = len(views)
        return [frames.further_pictures(count, f"{count + 1} Bilder (Mehrbildformat MPO)")]
    try:
        count = int(getattr(image, "n_frames", 1))
    except DAMAGED:
        count = 2 if getattr(image, "is_animated", False) else 1
    if count < 2:
        return []
    return [frames.further_pictures(count - 1, f"{count} Bilder einer Animation")]


def _orientation(image: Image.Image) -> int:
    """The EXIF mark, 1 (upright) to 8; a broken mark is no mark. XMP's copy of it is not shown."""
    mark = _exif(image).get(frames.ORIENTATION, 1) if image.format in TURNED_BY_MARK else 1
    return mark if isinstance(mark, int) and 1 <= mark <= 8 else 1


def _exif(image: Image.Image) -> Image.Exif:
    found = Image.Exif()
    try:
        found.load(image.info.get("exif") or b"")
    except DAMAGED:
        return Image.Exif()
    return found


def _resolution(image: Image.Image) -> Resolution:
    """Across and down as stored."""
    if image.format in ("JPEG", MULTI_PICTURE):
        return _jpeg_resolution(image)
    if "aspect" in image.info:  # PNG, pHYs without a unit: pixels a length, across and down
        return Resolution(None, frames.proportion_of(*image.info["aspect"]))
    try:
        x, y = map(float, image.info.get("dpi") or (0, 0))
    except DAMAGED:
        return Resolution()
    return frames.in_dpi(x, y)


def _jpeg_resolution(image: Image.Image) -> Resolution:
    unit, density = image.info.get("jfif_unit"), image.info.get("jfif_density")
    if density and unit in (DENSITY_INCH, DENSITY_CENTIMETRE):
        x, y = density
        return frames.stated(x, y, frames.INCH if unit == DENSITY_INCH else frames.CENTIMETRE)
    exif = _exif(image)
    try:
        x = float(exif.get(frames.X_RESOLUTION, 0))
        y = float(exif.get(frames.Y_RESOLUTION, x))
        found = frames.stated(x, y, int(exif[frames.RESOLUTION_UNIT]))
    except DAMAGED:
        found = Resolution()
    if found.dpi is None and density and density != image.size:  # a size is no form of a pixel
        return Resolution(None, frames.proportion_of(*density))
    return found
