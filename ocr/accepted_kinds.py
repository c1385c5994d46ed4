"""The accepted kinds of files: media types, endings, and what refused ones are called."""

from __future__ import annotations

from pathlib import Path

from config.filekind import FileKind, kind_of
from config.pictures import is_avif

__all__ = [
    "EXTENSIONS",
    "IMAGES",
    "MEDIA_TYPES",
    "PAGED",
    "FileKind",
    "foreign_name",
    "kind_of",
]

HEAD = 4096  #: bytes read to name a kind that is not accepted
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
#: Kinds that have pages; the others are kept as they came and have words at most.
PAGED = IMAGES | {FileKind.PDF, FileKind.EMPTY, FileKind.OTHER}
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
    FileKind.TIMESTAMP: "application/timestamp-reply",
    FileKind.EVIDENCE_RECORD: "application/octet-stream",
    FileKind.OPENPGP: "application/pgp-signature",
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
    FileKind.P7S: {"p7s", "sig", "pkcs7", "p7", "p7b", "p7c", "pem", "cms"},
    FileKind.P7M: {"p7m", "p7s", "pkcs7", "p7", "pem", "cms"},
    FileKind.TIMESTAMP: {"tsr", "tst", "tsp", "p7s"},
    FileKind.EVIDENCE_RECORD: {"ers", "er"},
    FileKind.OPENPGP: {"asc", "pgp", "gpg", "sig", "txt"},
    FileKind.EML: {"eml", "mht", "txt", "mbox"},
    FileKind.ASIC: {"asice", "asics", "sce", "scs", "zip"},
    FileKind.XML: {"xml", "xrechnung", "fodt", "fods", "fodp", "fodg"},
}
_NAMES = {  # where the code in capitals is not the name that people know
    FileKind.WEBP: "WebP",
    FileKind.JPEG2000: "JPEG 2000",
    FileKind.P7S: "Signaturdateien (P7S)",
    FileKind.P7M: "signierte Dateien (P7M)",
    FileKind.TIMESTAMP: "Zeitstempel (TSR)",
    FileKind.EVIDENCE_RECORD: "Beweisdaten (ERS)",
    FileKind.OPENPGP: "OpenPGP-Signaturen (ASC)",
    FileKind.EML: "E-Mails (EML)",
    FileKind.ASIC: "Signaturcontainer (ASiC)",
    FileKind.XML: "XML (auch E-Rechnungen)",
}
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
    b"MZ": "Programm",
    b"\x7fELF": "Programm",
    b"PK\x03\x04": "ZIP-Archiv oder Office-Dokument",
}


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
    if is_avif(head):
        return "AVIF"
    return next((name for mark, name in _FOREIGN.items() if head.startswith(mark)), None)
