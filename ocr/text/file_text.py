"""The words of a file without pages and of all that lies in it, by content. In an isolated child.

A mail's attachments, the content of a signed message, the members of a container: whatever brings
its own text is found by it. What cannot be read gives no words; it is archived all the same.
"""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email.header import decode_header
from typing import Any

from config.charsets import as_text
from config.filekind import FileKind, is_markup, kind_of_data, narrow
from config.mime import Defect, Entity, parse, payload
from config.tnef import is_tnef, unwrapped
from config.transfer import uuencoded, without_uuencoded
from config.wrapping import unwrap
from config.zip_names import member_name
from ocr.recognition.letter_spacing import joined
from ocr.text.line_unfolding import flowed, mails_of, unfolded
from ocr.text.office_text import has_words, is_office, is_part, text_of_office, text_of_xml_file
from ocr.text.plain_text import content_of_message, text_of_html, without_marks

HEADERS = ("From", "To", "Cc", "Date", "Subject")
DEPTH = 6  #: files within files
MOST_FILES = 500  #: parts and members that are looked into
MOST_BYTES = 100 * 2**20  #: of all members of containers together, inflated
MOST_PAGES = 1000  #: of one PDF
MOST_LETTERS = 4_000_000
TEXT_NAME = re.compile(r"\.(txt|text|csv|tsv|md|log|ics|vcf|asc|json|ya?ml)$", re.IGNORECASE)
SPACED = re.compile(r"(?<!\S)(?:[^\W\d_] ){3,}[^\W\d_](?!\w)")
#: one file compressed, and what its name then ends in
COMPRESSED: dict[bytes, tuple[Callable[[io.BytesIO], Any], str]] = {
    b"\x1f\x8b\x08": (gzip.open, ".gz"),
    b"BZh": (bz2.open, ".bz2"),
}
PIECE = 2**20  #: bytes that are inflated at once
ZIP_ERRORS = (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError, zlib.error,
              lzma.LZMAError, ValueError, KeyError)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    """What is said of a file that lies in another one."""

    name: str = ""
    charset: str | None = None
    is_text: bool = False  #: it is declared as plain text
    is_html: bool = False  #: it is declared as a web page
    is_report: bool = False  #: it is declared as a message, which is read as one, else as text


class FileText:
    """Reads one file; what it may take in all is bounded, so that a bomb costs no more."""

    def __init__(self, *, attachments: bool = True) -> None:
        """``attachments``: False for what the file itself says, without files within it."""
        self._attachments = attachments
        self._files = MOST_FILES
        self._bytes = MOST_BYTES
        self._letters = MOST_LETTERS
        self.cut = False  #: a limit was reached: not all words are there

    def of(
        self,
        data: bytes,
        claims: Claims | None = None,
        depth: int = DEPTH,
        kind: FileKind | None = None,
    ) -> str:
        """The words of ``data``, with line ends; empty where there are none to be read.

        ``kind``: where it is known; else by content.
        """
        self._files -= 1
        if depth < 0 or self._files < 0 or self._letters <= 0:
            self.cut = True
            return ""
        room = self._letters
        text = self._by_kind(data, kind or kind_of_data(data), claims or Claims(), depth)
        self.cut = self.cut or len(text) > room
        self._letters = max(0, room - len(text))  # those of files within are among them
        return text[:room]

    def _by_kind(self, data: bytes, kind: FileKind, claims: Claims, depth: int) -> str:
        if is_tnef(data):  # the bytes of a PDF stand in it as they are
            return self._wrapped(data, depth)
        if kind is FileKind.EML and not claims.is_text:
            return self._mail(narrow(data), depth)
        if kind is FileKind.XML and not claims.is_text:
            return text_of_xml_file(data)
        if kind is FileKind.P7M:
            content = content_of_message(unwrap(data).data)
            plain = b"\0" not in content  # nothing else is said of what it is
            return self.of(content, Claims(name="content.txt" if plain else ""), depth - 1)
        if kind is FileKind.PDF:
            return self._pdf(data)
        if kind is FileKind.ASIC or data[:2] == b"PK":
            return self._members(data, depth)
        if kind is FileKind.OPENPGP and b"-----BEGIN PGP SIGNED MESSAGE-----" in narrow(data):
            return without_marks(as_text(narrow(data), claims.charset))
        if kind is FileKind.OTHER and data[:3] in COMPRESSED and not claims.is_text:
            return self._compressed(data, claims, depth)
        if claims.is_html or (is_markup(data[:4096]) and not claims.is_text):
            return text_of_html(data, claims.charset)
        if claims.is_text or claims.is_report or TEXT_NAME.search(claims.name):
            return without_marks(as_text(unfolded(narrow(data)), claims.charset))
        return ""

    # ------------------------------------------------------------------ mails

    def _mail(self, data: bytes, depth: int) -> str:
        """The parts are those whose signature is checked (config/mime.py)."""
        found: list[str] = []
        for mail in mails_of(data):
            root = parse(mail)
            self.cut = self.cut or any(Defect.TOO_DEEP in part.defects for part in root.walk())
            found += [*_heads(root), *self._parts(mail, root, depth)]
        return "\n".join(found)

    def _parts(self, data: bytes, root: Entity, depth: int) -> Iterator[str]:
        for part in root.walk():
            if part.parts and part.kind == "message/rfc822":
                yield from _heads(part.parts[0])
            if part.parts:
                continue
            body = not part.file_name and not part.attached
            if part.file_name:
                yield f"Anlage: {decoded(part.file_name)}"
            if body and part.kind == "text/html":
                yield text_of_html(payload(data, part), part.charset)
            elif part.multipart and part.encoding in ("base64", "quoted-printable"):
                yield self.of(payload(data, part), depth=depth - 1, kind=FileKind.EML)
            elif part.multipart or (body and part.kind.startswith("text/")):
                yield from self._body(payload(data, part), part, depth)
            elif self._attachments or part.kind in ("application/pkcs7-mime", "message/rfc822"):
                yield self.of(payload(data, part), _claims(part), depth - 1)

    def _body(self, body: bytes, part: Entity, depth: int) -> Iterator[str]:
        """A text, and the files that older mail programs put into it."""
        text = as_text(unfolded(without_uuencoded(body)), part.charset)
        yield without_marks(flowed(text, part.field("content-type") or ""))
        for name, content in uuencoded(body):
            yield f"Anlage: {name}"
            if self._attachments:
                yield self.of(content, Claims(name=name), depth - 1)

    # ------------------------------------------------------------------ files within

    def _wrapped(self, data: bytes, depth: int) -> str:
        """What Outlook wrapped into winmail.dat."""
        inner, whole = unwrapped(data)
        self.cut = self.cut or not whole
        found: list[str] = []
        for one in inner:
            if one.name:
                found.append(f"Anlage: {one.name}")
            if self._attachments or not one.name:
                claims = Claims(name=one.name, is_html=one.is_html, is_text=one.is_text)
                found.append(self.of(one.content, claims, depth - 1))
        return "\n".join(found)

    def _compressed(self, data: bytes, claims: Claims, depth: int) -> str:
        """What a single compressed file holds, as far as it can be read."""
        inflating, ending = COMPRESSED[data[:3]]
        inner, size = [], 0
        try:
            with inflating(io.BytesIO(data)) as file:
                while size <= self._bytes and (piece := file.read1(PIECE)):
                    inner.append(piece)
                    size += len(piece)
        except ZIP_ERRORS:
            self.cut = True
        name = claims.name
        bare = name[: -len(ending)] if name.lower().endswith(ending) else name
        return self.of(self._within_limit(b"".join(inner)), Claims(name=bare), depth - 1)

    def _pdf(self, data: bytes) -> str:
        text, whole = text_of_pdf(data)
        self.cut = self.cut or not whole
        return text

    def _members(self, data: bytes, depth: int) -> str:
        """What cannot be read of a container costs only itself; the names are told all the same."""
        found: list[str] = []
        try:
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                office = self._is_office(archive)
                for info in archive.infolist():
                    found += self._of_member(archive, info, depth, office)
        except ZIP_ERRORS:
            self.cut = True
        return "\n".join(found)

    def _is_office(self, archive: zipfile.ZipFile) -> bool:
        try:
            return is_office(archive)
        except ZIP_ERRORS:
            self.cut = True
            return False

    def _of_member(
        self, archive: zipfile.ZipFile, info: zipfile.ZipInfo, depth: int, office: bool
    ) -> list[str]:
        name = member_name(info)
        if name.startswith("META-INF/") or name == "mimetype" or name.endswith("/"):
            return []
        written = office and has_words(name)
        if office and not written and is_part(name):
            return []
        found = [] if written else [f"Anlage: {name}"]
        if not written and not self._attachments:
            return found
        try:
            inner = self._member(archive, info)
        except ZIP_ERRORS:
            self.cut = True
            return found
        if written:
            return [*found, text_of_office(inner, name)]
        return [*found, self.of(inner, Claims(name=name), depth - 1)]

    def _member(self, archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
        with archive.open(info) as member:
            return self._within_limit(member.read(self._bytes + 1))

    def _within_limit(self, inner: bytes) -> bytes:
        """Of what was inflated as much as is allowed; the rest is told to be missing."""
        self.cut = self.cut or len(inner) > self._bytes
        inner = inner[: self._bytes]
        self._bytes -= len(inner)
        return inner


def decoded(value: str) -> str:
    """A field's words (RFC 2047); one that breaks the rules is shown as it stands."""
    try:
        pieces = decode_header(value)
    except (ValueError, LookupError):
        return value
    return "".join(
        as_text(piece, charset) if isinstance(piece, bytes) else piece for piece, charset in pieces
    )


def _heads(root: Entity) -> list[str]:
    return [
        f"{name}: {' '.join(decoded(value).split())}"
        for name in HEADERS
        if (value := root.field(name.lower())) is not None
    ]


def _claims(part: Entity) -> Claims:
    name = decoded(part.file_name or "")
    return Claims(
        name=name,
        charset=part.charset,
        is_text=part.kind.startswith("text/") and part.kind not in ("text/html", "text/xml"),
        is_report=part.kind.startswith("message/"),
        is_html=part.kind == "text/html" or name.lower().endswith((".htm", ".html")),
    )


def text_of_pdf(data: bytes) -> tuple[str, bool]:
    """The text that a PDF's pages bring themselves (none where it needs a password), and whether
    all of them were read."""
    # Here, so that the service itself, which only names these functions, loads no decoder.
    import pypdfium2 as pdfium

    pages = []
    try:
        with pdfium.PdfDocument(data) as document:
            count = len(document)
            for number in range(min(count, MOST_PAGES)):
                pages.append(_of_page(document[number]))
    except pdfium.PdfiumError:
        return "\n".join(pages), False
    return "\n".join(pages), count <= MOST_PAGES


def _of_page(page: Any) -> str:
    """The text of a page; where words are set with blanks between their letters, by their places."""
    from ocr.pdf.own_text import own_rows

    text = page.get_textpage().get_text_range()
    if SPACED.search(text):
        rows = joined(own_rows(page, frozenset(), invisible=True))
        text = "\n".join(" ".join(word.text for word in row.words) for row in rows) or text
    # So pdfium marks the hyphen at a line's end.
    return without_marks(re.sub("[\x02\ufffe]", "-", text))
