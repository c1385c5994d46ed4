"""What a file is, by its content alone: names and extensions are only claims.

The one judgement for all who ask: what the intake takes or refuses, and what is looked at for
signatures. Reads bytes, parses no structure, safe on hostile files in the service's own process.
"""

from __future__ import annotations

import mmap
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from enum import StrEnum, unique
from itertools import islice
from pathlib import Path

from config.mime import begin
from config.pictures import picture_kind
from config.signed_messages import kind_of_message

Data = bytes | mmap.mmap
HEAD = 64 * 1024  #: bytes within which a text, a mail or a message begins
PDF_WITHIN = 1024  #: bytes within which viewers accept the head of a PDF (ISO 32000-1, annex H)
ZIP_WITHIN = 1024  #: bytes within which a container may begin
ZIP_END = 66_000  #: bytes at the end of a zip that hold its last record (22 and a comment)


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
    TIMESTAMP = "timestamp"
    EVIDENCE_RECORD = "evidence_record"
    OPENPGP = "openpgp"
    EML = "eml"
    ASIC = "asic"
    XML = "xml"
    EMPTY = "empty"
    OTHER = "other"


#: What is taken by its name in a zip, the most particular first: form of signature -> member.
#: "opc" are packages such as XPS (ECMA-376-2, 13), "nuget" packages of programs.
_MEMBERS = {
    "ooxml": re.compile(rb"_xmlsignatures[/\\]", re.IGNORECASE),
    "odf": re.compile(rb"META-INF[/\\](?:document|macro)signatures\.xml", re.IGNORECASE),
    "opc": re.compile(rb"package[/\\]services[/\\]digital-signature[/\\]", re.IGNORECASE),
    "nuget": re.compile(rb"(?<=\x00)\.signature\.p7s"),
}
#: A name below META-INF, and what follows it up to a sign that no name has.
_BELOW_META = re.compile(rb"-(?<=META-)INF[/\\](?=([^\x00-\x1f/\\]{0,300}))", re.IGNORECASE)
#: Signed archives of programs (JAR, APK, XPI): a list of the members, and a signature over that.
_JAR_NAME = re.compile(rb"([^.]{1,100})\.(sf|rsa|dsa|ec)")
_OF_PROGRAMS = re.compile(rb"META-INF[/\\]cose\.sig|APK Sig Block 42", re.IGNORECASE)
_ASIC_NAME = re.compile(rb"\.p7s|\.p7m|\.tst|\.ers|evidencerecord")
#: how the names of a zip's own signatures begin
SIGNING = ("meta-inf/", "_xmlsignatures/", "package/services/digital-signature/", ".signature.p7s")
MOST_NAMES = 100_000  #: names below META-INF that are looked at in a zip
_ASIC_TYPES = (b"application/vnd.etsi.asic", b"application/vnd.etsi.timestamp")
SMIME = re.compile(
    rb"^content-type[ \t]*:(?:[^\n]|\n[ \t])*?"
    rb"(?:multipart/signed|application/(?:x-)?pkcs7-(?:mime|signature))",
    re.IGNORECASE | re.MULTILINE,
)
_PDF_HEAD = re.compile(rb"%PDF-")
_BODY_BEGUN = re.compile(rb"\n\r?\n\s*\S")
_MARKUP = re.compile(rb"<(?:[?!A-Za-z_:]|[\x80-\xff])")
_HTML = re.compile(rb"<(?:!doctype\s+)?html\b", re.IGNORECASE)
#: Programs, libraries of programs, older office files: what is signed in them is not looked for.
_REFUSED = (
    b"MZ", b"\x7fELF", b"\xca\xfe\xba\xbe", b"MSCF", b"!<arch>", b"#!", b"{\\rtf",
    b"\xd0\xcf\x11\xe0",
)  # fmt: skip
_WRONG_MARK = re.compile(rb"(?:\xff\xfe|\xfe\xff)(?=[\x20-\x7e]{2})")
_BLANK = b"\xef\xbb\xbf\0 \t\r\n"


@contextmanager
def mapped(path: Path) -> Iterator[Data]:
    """The file's bytes without reading them all; an empty file cannot be mapped."""
    with path.open("rb") as file:
        if path.stat().st_size == 0:
            yield b""
            return
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            yield data


def kind_of(path: Path) -> FileKind:
    """The kind of a file; raises ``OSError`` when it cannot be read, nothing else."""
    with mapped(path) as data:
        return kind_of_data(data)


def kind_of_data(data: Data) -> FileKind:
    """The kind told by a file's bytes."""
    head = bytes(data[:HEAD])
    if not head:
        return FileKind.EMPTY
    if (picture := picture_kind(head)) is not None:
        return FileKind(picture)
    if head.lstrip(_BLANK).startswith(b"%PDF-") and pdf_starts(head) is not None:
        return FileKind.PDF
    if head.startswith(b"PK"):
        return _archive(data, head)
    if head.startswith(b"\x30") and (message := _message(data, head)) is not None:
        return message
    if head.startswith(_REFUSED):
        return FileKind.OTHER
    text = narrow(head)
    return _text(data, head, text) or _behind_something(data, head) or FileKind.OTHER


def pdf_starts(head: bytes) -> int | None:
    """Where the head of a PDF stands, as viewers look for it."""
    found = _PDF_HEAD.search(head[: PDF_WITHIN + 5])
    return found.start() if found else None


def zip_starts(head: bytes) -> int | None:
    """Where a zip begins, also behind other bytes, which most programs pass over."""
    at = head.find(b"PK\x03\x04", 0, ZIP_WITHIN)
    return at if at >= 0 else None


def narrow(data: bytes) -> bytes:
    """Text of wide characters (UTF-16, UTF-32, with or without a mark) with one byte a letter."""
    for marks, name in (
        ((b"\xff\xfe\0\0", b"\0\0\xfe\xff"), "utf-32"),
        ((b"\xff\xfe", b"\xfe\xff"), "utf-16"),
    ):
        if data.startswith(marks) and b"\0" in data[4:400]:
            return data.decode(name, "ignore").encode("utf-8", "ignore")
    if _WRONG_MARK.match(data):  # a mark of wide characters before narrow ones
        return data[2:]
    if data[:4] in (b"<\0\0\0", b"\0\0\0<") or data[:2] in (b"<\0", b"\0<"):
        return data.replace(b"\0", b"")
    return data


def signed_members(data: Data) -> str | None:
    """Which form of signatures the members' names in a zip tell of: ooxml, odf, opc, nuget, asic,
    jar or none.

    The names stand in the file as they are; nothing is unpacked, so that a damaged one counts too.
    """
    found = next((form for form, name in _MEMBERS.items() if name.search(data)), None)
    if found is None and _names_asic(data):
        found = "asic"
    says_so = any(each in bytes(data[: ZIP_WITHIN + 200]) for each in _ASIC_TYPES)
    if found is None and not says_so and _names_jar(data):
        found = "jar"
    return found or ("asic" if says_so else None)


def own_signed_members(names: Iterable[str]) -> str | None:
    """The same of a zip whose members are named: what lies in another one of them is not its own."""
    plain = (name.replace("\\", "/") for name in names)
    own = [name for name in plain if name.lower().startswith(SIGNING)]
    return signed_members("".join(f"\0{name}" for name in own).encode("utf-8", "replace"))


def _names_asic(data: Data) -> bool:
    """Whether a signature, a manifest or evidence stands below META-INF, in linear time.

    With more names than are looked at it counts as such, so that none hides behind the others.
    """
    for number, found in enumerate(_BELOW_META.finditer(data)):
        name = found[1].lower()
        if (
            number >= MOST_NAMES
            or _ASIC_NAME.search(name)
            or b"manifest" in name.partition(b"asic")[2]
            or b".xml" in name.partition(b"signature")[2]
        ):
            return True
    return False


def _names_jar(data: Data) -> bool:
    """Whether, below META-INF, a list of signed files and a signature over it bear one name."""
    lists: set[bytes] = set()
    signatures: set[bytes] = set()
    for found in islice(_BELOW_META.finditer(data), MOST_NAMES):
        if (name := _JAR_NAME.match(found[1].lower())) is not None:
            (lists if name[2] == b"sf" else signatures).add(name[1])
    return not lists.isdisjoint(signatures) or _OF_PROGRAMS.search(data) is not None


def is_markup(head: bytes) -> bool:
    """XML or HTML, by its first sign."""
    return _MARKUP.match(narrow(head).lstrip(_BLANK)) is not None


def has_pdf_parts(data: Data) -> bool:
    """Whether the inside of a PDF with a signature is there, whatever became of its head."""
    return data.find(b"endobj") >= 0 and data.find(b"/ByteRange") >= 0


def _archive(data: Data, head: bytes) -> FileKind:
    form = signed_members(data)
    if form is not None:
        return FileKind.ASIC if form == "asic" else FileKind.OTHER
    ended = bytes(data[-ZIP_END:]).find(b"PK\x05\x06") >= 0
    return FileKind.PDF if pdf_starts(head) is not None and not ended else FileKind.OTHER


def _message(data: Data, head: bytes) -> FileKind | None:
    found = kind_of_message(head, whole=len(data) <= HEAD)
    if found is None and (text := narrow(head)) is not head:
        found = kind_of_message(text, whole=len(data) <= HEAD)
    return FileKind(found) if found is not None else None


def _text(data: Data, head: bytes, text: bytes) -> FileKind | None:
    """Mail, XML, or a PDF that begins like one of them."""
    pdf = pdf_starts(head)
    start = text.lstrip(_BLANK)
    if _MARKUP.match(start):
        if pdf is not None and data.find(b"endobj") >= 0:
            return FileKind.PDF
        return None if _HTML.match(start) else FileKind.XML
    mail = begin(text)
    if mail is None:
        return None
    # Programs that answer a browser leave their header before a PDF.
    no_body = pdf is not None and not _BODY_BEGUN.search(head, mail.at, pdf)
    return FileKind.PDF if no_body else FileKind.EML


def _behind_something(data: Data, head: bytes) -> FileKind | None:
    """What stands behind other bytes: the first thing that another program would show."""
    places = [at for at in (pdf_starts(head), zip_starts(head)) if at is not None]
    message = None if is_markup(head) else _message(data, head)
    # A message about a PDF or a zip holds it; one that follows is within it.
    if message is not None and (not places or _stands_before(head, min(places))):
        return message
    if zip_starts(head) is not None and signed_members(data) == "asic":
        return FileKind.ASIC
    if pdf_starts(head) is not None:
        return FileKind.PDF
    if SMIME.search(narrow(head)) and not is_markup(head):
        return FileKind.EML
    return FileKind.PDF if has_pdf_parts(data) else None


def _stands_before(head: bytes, at: int) -> bool:
    """Whether a CMS message or its armour begins before ``at``."""
    return kind_of_message(head[:at], whole=False) is not None
