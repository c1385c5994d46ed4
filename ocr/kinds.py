"""What a file is, by its content alone: names and extensions are only claims."""

from __future__ import annotations

import re
from enum import StrEnum, unique
from pathlib import Path

HEAD = 64 * 1024  #: bytes read to tell the kind


@unique
class FileKind(StrEnum):
    PDF = "pdf"
    TIFF = "tiff"
    JPEG = "jpeg"
    PNG = "png"
    GIF = "gif"
    BMP = "bmp"
    WEBP = "webp"
    HEIC = "heic"
    JPEG2000 = "jpeg2000"
    P7S = "p7s"
    P7M = "p7m"
    EML = "eml"
    ASIC = "asic"
    XML = "xml"
    EMPTY = "empty"
    OTHER = "other"


IMAGES = frozenset(
    {
        FileKind.TIFF,
        FileKind.JPEG,
        FileKind.PNG,
        FileKind.GIF,
        FileKind.BMP,
        FileKind.WEBP,
        FileKind.HEIC,
        FileKind.JPEG2000,
    }
)
MEDIA_TYPES = {
    FileKind.PDF: "application/pdf",
    FileKind.TIFF: "image/tiff",
    FileKind.JPEG: "image/jpeg",
    FileKind.PNG: "image/png",
    FileKind.GIF: "image/gif",
    FileKind.BMP: "image/bmp",
    FileKind.WEBP: "image/webp",
    FileKind.HEIC: "image/heic",
    FileKind.JPEG2000: "image/jp2",
    FileKind.P7S: "application/pkcs7-signature",
    FileKind.P7M: "application/pkcs7-mime",
    FileKind.EML: "message/rfc822",
    FileKind.ASIC: "application/vnd.etsi.asic-e+zip",
    FileKind.XML: "application/xml",
    FileKind.EMPTY: "application/octet-stream",
    FileKind.OTHER: "application/octet-stream",
}
#: Extensions that fit a kind (lower case); a kind not listed has none of its own.
EXTENSIONS = {
    FileKind.PDF: {"pdf"},
    FileKind.TIFF: {"tif", "tiff"},
    FileKind.JPEG: {"jpg", "jpeg", "jpe", "jfif"},
    FileKind.PNG: {"png"},
    FileKind.GIF: {"gif"},
    FileKind.BMP: {"bmp", "dib"},
    FileKind.WEBP: {"webp"},
    FileKind.HEIC: {"heic", "heif", "hif"},
    FileKind.JPEG2000: {"jp2", "jpx", "j2k", "j2c", "jpc", "jpf", "jpm"},
    FileKind.P7S: {"p7s", "sig", "pkcs7", "p7"},
    FileKind.P7M: {"p7m", "p7s", "pkcs7"},
    FileKind.EML: {"eml", "mht", "txt"},
    FileKind.ASIC: {"asice", "asics", "sce", "scs", "zip"},
    FileKind.XML: {"xml", "xrechnung"},
}
_NAMES = {  # where the code in capitals is not the name that people know
    FileKind.WEBP: "WebP",
    FileKind.JPEG2000: "JPEG 2000",
    FileKind.P7S: "Signaturdateien (P7S)",
    FileKind.P7M: "signierte Dateien (P7M)",
    FileKind.EML: "E-Mails (EML)",
    FileKind.ASIC: "Signaturcontainer (ASiC)",
    FileKind.XML: "XML (auch E-Rechnungen)",
}
_HEVC_BRANDS = {b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"hevm", b"hevs"}
_AV1_BRANDS = {b"avif", b"avis"}
_HEIF_BRANDS = {b"mif1", b"mif2", b"msf1"}  #: any coding: the further brands say which
_BITMAP_HEADERS = range(12, 125)  #: bytes; those of Windows and OS/2
#: First bytes of kinds that are not accepted, and what they are called.
_FOREIGN = {
    b"\xff\x0a": "JPEG XL",
    b"\0\0\0\x0cJXL ": "JPEG XL",
    b"II\xbc": "JPEG XR",
    b"8BPS": "Photoshop",
    b"AT&TFORM": "DjVu",
    b"\x97JB2": "JBIG2",
    b"\0\0\x01\0": "Windows-Symbol (ICO)",
    b"BA": "OS/2-Bitmap-Sammlung",
    b"\x0a\x05\x01": "PCX",
    b"{\\rtf": "RTF",
    b"\xd0\xcf\x11\xe0": "älteres Office-Dokument",
    b"PK\x03\x04": "ZIP-Archiv oder Office-Dokument",
}
_OID_SIGNED_DATA = bytes.fromhex("06092a864886f70d010702")
_OID_ENVELOPED_DATA = bytes.fromhex("06092a864886f70d010703")
_OID_DATA = bytes.fromhex("06092a864886f70d010701")
_MAIL_FIELDS = re.compile(
    rb"^(received|from|to|subject|date|message-id|mime-version|return-path|delivered-to|"
    rb"content-type|content-transfer-encoding|x-[a-z0-9-]+|dkim-signature|reply-to|cc|sender)"
    rb"[ \t]*:",
    re.IGNORECASE,
)


def kind_of(path: Path) -> FileKind:
    """The kind of a file, from its first 64 KiB; raises ``OSError`` when it cannot be read."""
    with path.open("rb") as file:
        return kind_of_bytes(file.read(HEAD))


def kind_of_bytes(head: bytes) -> FileKind:
    """The kind told by the first bytes of a file."""
    if not head:
        return FileKind.EMPTY
    return _image(head) or _container(head) or _textual(head) or FileKind.OTHER


def _image(head: bytes) -> FileKind | None:
    if head[:4] in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"):
        return FileKind.TIFF
    if head[:3] == b"\xff\xd8\xff":
        return FileKind.JPEG
    if head[:8] == b"\x89PNG\r\n\x1a\n":
        return FileKind.PNG
    if head[:6] in (b"GIF87a", b"GIF89a"):
        return FileKind.GIF
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return FileKind.WEBP
    if head[:12] == b"\0\0\0\x0cjP  \r\n\x87\n" or head[:4] == b"\xff\x4f\xff\x51":
        return FileKind.JPEG2000
    if _brands(head) & (_HEVC_BRANDS | _HEIF_BRANDS) and not _is_avif(head):
        return FileKind.HEIC
    if head[:2] == b"BM" and int.from_bytes(head[14:18], "little") in _BITMAP_HEADERS:
        return FileKind.BMP
    return None


def _brands(head: bytes) -> set[bytes]:
    """The brands of a file in the ISO base media format (ISO/IEC 14496-12, 4.3)."""
    if head[4:8] != b"ftyp":
        return set()
    end = min(int.from_bytes(head[:4], "big"), len(head), 1024)
    return {head[8:12], *(head[at : at + 4] for at in range(16, end - 3, 4))}


def _is_avif(head: bytes) -> bool:
    brands = _brands(head)
    return head[8:12] in _AV1_BRANDS or bool(brands & _AV1_BRANDS) and not brands & _HEVC_BRANDS


def accepted_names() -> str:
    """What is accepted, for people: every kind by its name, pictures and all."""
    *rest, last = [
        _NAMES.get(kind, kind.value.upper())
        for kind in FileKind
        if kind not in (FileKind.EMPTY, FileKind.OTHER)
    ]
    return f"{', '.join(rest)} und {last}"


def foreign_name(path: Path) -> str | None:
    """What a picture of a kind that is not accepted is called; None: no such kind is known."""
    with path.open("rb") as file:
        head = file.read(HEAD)
    if _is_avif(head):
        return "AVIF"
    return next((name for mark, name in _FOREIGN.items() if head.startswith(mark)), None)


def _container(head: bytes) -> FileKind | None:
    # Viewers accept a header anywhere in the first KiB (ISO 32000-1, annex H, note 13).
    if b"%PDF-" in head[: 1024 + 5]:
        return FileKind.PDF
    if head[:4] == b"PK\x03\x04":
        return FileKind.ASIC if _is_asic(head) else FileKind.OTHER
    return _cms(head) or _armoured_cms(head)


def _is_asic(head: bytes) -> bool:
    """A zip whose first entry says so (ETSI EN 319 162-1, 4.4.3 and A.1), or that holds signatures."""
    return (
        b"application/vnd.etsi.asic" in head[:200]
        or b"application/vnd.etsi.timestamp" in head[:200]
        or b"META-INF/" in head
        and re.search(
            rb"META-INF/[^/\0]{0,60}(signature|timestamp|evidencerecord)", head, re.IGNORECASE
        )
        is not None
    )


def _cms(head: bytes) -> FileKind | None:
    if head[:1] != b"\x30":
        return None
    if _OID_ENVELOPED_DATA in head[:32]:
        return FileKind.P7M
    if _OID_SIGNED_DATA not in head[:32]:
        return None
    # Content inside (p7m) or beside it (p7s): in detached form nothing follows the data OID.
    at = head.find(_OID_DATA, 0, 1024)
    if at < 0:
        return FileKind.P7M
    follows = head[at + len(_OID_DATA) : at + len(_OID_DATA) + 1]
    return FileKind.P7M if follows == b"\xa0" else FileKind.P7S


def _armoured_cms(head: bytes) -> FileKind | None:
    start = head.lstrip()[:64]
    if start.startswith((b"-----BEGIN PKCS7-----", b"-----BEGIN CMS-----")):
        return FileKind.P7S
    return None


def _textual(head: bytes) -> FileKind | None:
    text = _as_ascii_like(head)
    start = text.lstrip(b"\xef\xbb\xbf \t\r\n")
    if start.startswith(b"<?xml") or re.match(
        rb"<([A-Za-z_][\w.-]*:)?[A-Za-z_][\w.-]*[\s>/]", start
    ):
        if re.match(rb"<(!doctype\s+)?html\b", start, re.IGNORECASE):
            return None
        return FileKind.XML
    if start.startswith(b"From ") or _MAIL_FIELDS.match(start):
        lines = start.split(b"\n")[:40]
        if sum(bool(_MAIL_FIELDS.match(line)) for line in lines) >= 2:
            return FileKind.EML
    return None


def _as_ascii_like(head: bytes) -> bytes:
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return head.decode("utf-16", "ignore").encode("utf-8", "ignore")
    return head
