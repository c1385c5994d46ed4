"""The text of files that have no pages: mails, XML, signed containers. Runs in an isolated child.

Such a file is archived as it came; what is taken here only makes it found.
"""

from __future__ import annotations

from email.header import decode_header
from pathlib import Path

from config.mime import Entity, as_text, parse, payload
from ocr.kinds import FileKind
from ocr.plain_text import MARKS, content_of_message, text_of_html, text_of_xml
from ocr.recognition import Line, PageText, Recognition, Word, pack

LARGEST = 20 * 2**20  #: bytes that are looked at
MOST_LINES = 5_000
HEADERS = ("From", "To", "Date", "Subject")
NESTED = 5  #: messages within messages
OPAQUE = ("application/pkcs7-mime", "application/x-pkcs7-mime")
WIDTH, HEIGHT, LEADING = 595.0, 842.0, 12.0
ENGINE = "registratur-text"
VERSION = "2"


def read_unpaged(path: Path, kind: FileKind) -> Recognition:
    """One "page" with the words of a mail or of XML; an empty one for what is binary."""
    with path.open("rb") as file:
        data = file.read(LARGEST)
    text = ""
    if kind is FileKind.EML:
        text = _mail(data)
    elif kind is FileKind.XML:
        text = text_of_xml(data)
    return Recognition(
        pages=(_page([line.split() for line in text.splitlines() if line.strip()]),),
        engine=ENGINE,
        engine_version=VERSION,
        languages=(),
    )


def _mail(data: bytes, depth: int = NESTED) -> str:
    """What a person reads of a mail: the fields, the bodies, the names of what is attached.

    The parts are those whose signature is checked (config/mime.py).
    """
    root = parse(data)
    heads = [
        f"{name}: {_decoded(value)}"
        for name in HEADERS
        if (value := root.field(name.lower())) is not None
    ]
    return "\n".join([*heads, *_bodies(data, root, depth)])


def _bodies(data: bytes, root: Entity, depth: int) -> list[str]:
    found = []
    for part in root.walk():
        if part.multipart or part.parts:
            continue
        if part.kind in OPAQUE and depth:
            inner = content_of_message(payload(data, part))
            found.append(_mail(inner, depth - 1))
        elif part.kind == "message/rfc822" and depth:
            found.append(_mail(payload(data, part), depth - 1))
        if part.file_name:
            found.append(f"Anlage: {_decoded(part.file_name)}")
        elif part.kind == "text/html":
            found.append(text_of_html(payload(data, part), part.charset))
        elif part.kind.startswith("text/"):
            found.append(as_text(payload(data, part), part.charset).translate(MARKS))
    return found


def _decoded(value: str) -> str:
    """A field's words (RFC 2047); one that breaks the rules is shown as it stands."""
    try:
        pieces = decode_header(value)
    except (ValueError, LookupError):
        return value
    return "".join(
        as_text(piece, charset) if isinstance(piece, bytes) else piece for piece, charset in pieces
    )


def _page(lines: list[list[str]]) -> PageText:
    lines = lines[:MOST_LINES]
    words = [
        Word(
            text="".join(char for char in word if char.isprintable())[:200],
            box=(40.0, 40.0 + LEADING * number, 60.0, 50.0 + LEADING * number),
            confidence=100.0,
            line=number,
        )
        for number, line in enumerate(lines)
        for word in line
    ]
    rows = [
        Line(
            baseline=(40.0, 50.0 + LEADING * number, WIDTH - 40.0, 50.0 + LEADING * number),
            ascent=10.0,
            descent=2.0,
            begins_paragraph=False,
            own=True,
        )
        for number in range(len(lines))
    ]
    return PageText(
        number=1,
        width=WIDTH,
        height=HEIGHT,
        source="text" if words else "none",
        language="",
        confidence=100.0 if words else 0.0,
        turn=0,
        turned=False,
        skew=0.0,
        straightened=False,
        blank="content",
        dpi=0.0,
        findings=(),
        packed=pack(rows, words),
    )
