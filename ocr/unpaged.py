"""The text of files that have no pages: mails, XML, signed containers. Runs in an isolated child.

Such a file is archived as it came; what is taken here only makes it found.
"""

from __future__ import annotations

import email
import email.policy
import re
from email.message import EmailMessage, Message
from pathlib import Path

from ocr.kinds import FileKind
from ocr.recognition import Line, PageText, Recognition, Word, pack

LARGEST = 20 * 2**20  #: bytes that are looked at
MOST_LINES = 5_000
HEADERS = ("From", "To", "Date", "Subject")
TAG = re.compile(r"<[^>]{0,2000}>")
WIDTH, HEIGHT, LEADING = 595.0, 842.0, 12.0
ENGINE = "registratur-text"
VERSION = "1"


def read_unpaged(path: Path, kind: FileKind) -> Recognition:
    """One "page" with the words of a mail or of XML; an empty one for what is binary."""
    with path.open("rb") as file:
        data = file.read(LARGEST)
    text = ""
    if kind is FileKind.EML:
        text = _mail(data)
    elif kind is FileKind.XML:
        text = TAG.sub(" ", data.decode("utf-8", "replace"))
    return Recognition(
        pages=(_page([line.split() for line in text.splitlines() if line.strip()]),),
        engine=ENGINE,
        engine_version=VERSION,
        languages=(),
    )


def _mail(data: bytes) -> str:
    message = email.message_from_bytes(data, policy=email.policy.compat32)
    heads = [f"{name}: {_decoded(message, name)}" for name in HEADERS if message[name]]
    bodies = []
    for part in message.walk():
        payload = part.get_payload(decode=True)
        if part.get_filename():
            bodies.append(f"Anlage: {part.get_filename()}")
        elif part.get_content_maintype() == "text" and isinstance(payload, bytes):
            text = _text(payload, part.get_content_charset())
            bodies.append(TAG.sub(" ", text) if part.get_content_subtype() == "html" else text)
    return "\n".join([*heads, *bodies])


def _decoded(message: Message, name: str) -> str:
    """A header's words; one that breaks the rules is shown as it stands."""
    raw = str(message[name])
    try:
        decoded = EmailMessage(policy=email.policy.default)
        decoded[name] = raw
        return str(decoded[name])
    except (ValueError, LookupError, IndexError, AttributeError):
        return raw


def _text(data: bytes, charset: str | None) -> str:
    try:
        return data.decode(charset or "utf-8", "replace")
    except LookupError:
        return data.decode("latin-1")


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
