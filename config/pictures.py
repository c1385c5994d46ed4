"""Pictures by their first bytes (magic numbers of each format's own specification)."""

from __future__ import annotations

_HEVC_BRANDS = {b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"hevm", b"hevs"}
_AV1_BRANDS = {b"avif", b"avis"}
_HEIF_BRANDS = {b"mif1", b"mif2", b"msf1"}  #: any coding: the further brands say which
_BITMAP_HEADERS = range(12, 125)  #: bytes; those of Windows and OS/2


def picture_kind(head: bytes) -> str | None:
    """Which accepted kind of picture begins with ``head``, by the value of its ``FileKind``."""
    if head[:4] in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"):
        return "tiff"
    if head[:3] == b"\xff\xd8\xff":
        return "jpeg"
    if head[:8] == b"\x89PNG\r\n\x1a\n":
        return "png"
    if head[:6] in (b"GIF87a", b"GIF89a"):
        return "gif"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "webp"
    if head[:12] == b"\0\0\0\x0cjP  \r\n\x87\n" or head[:4] == b"\xff\x4f\xff\x51":
        return "jpeg2000"
    if _brands(head) & (_HEVC_BRANDS | _HEIF_BRANDS) and not is_avif(head):
        return "heic"
    if head[:2] == b"BM" and int.from_bytes(head[14:18], "little") in _BITMAP_HEADERS:
        return "bmp"
    return None


def is_avif(head: bytes) -> bool:
    """A HEIF file whose pictures are coded with AV1."""
    brands = _brands(head)
    return head[8:12] in _AV1_BRANDS or bool(brands & _AV1_BRANDS) and not brands & _HEVC_BRANDS


def _brands(head: bytes) -> set[bytes]:
    """The brands of a file in the ISO base media format (ISO/IEC 14496-12, 4.3)."""
    if head[4:8] != b"ftyp":
        return set()
    end = min(int.from_bytes(head[:4], "big"), len(head), 1024)
    return {head[8:12], *(head[at : at + 4] for at in range(16, end - 3, 4))}
