"""Text as its sender typed it: lines put together that a format broke for its transport. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

#: RFC 5545, 3.1 and RFC 6350, 3.2: a line goes on behind a line's end and one blank, even within a letter
_FOLD = re.compile(rb"\r?\n[ \t]")
_CARDS = re.compile(rb"\s*(?:\xef\xbb\xbf)?BEGIN:(?:VCALENDAR|VCARD)\b", re.IGNORECASE)
#: what a backslash says there (RFC 5545, 3.3.11)
_ESCAPED = re.compile(rb"\\([nN,;\\])")
_FLOWED = re.compile(r";\s*format\s*=\s*\"?flowed\b", re.IGNORECASE)
_DELETES = re.compile(r";\s*delsp\s*=\s*\"?yes\b", re.IGNORECASE)
_QUOTED = re.compile(r">*")
SIGNATURE = "-- "  #: the line before a signature is never flowed (RFC 3676, 4.3)
#: the line between two mails of an mbox (RFC 4155, appendix A); a blank line stands before it
_BETWEEN = re.compile(
    rb"(?<=\n)\r?\n(?=From \S[^\r\n]{0,200}\d\d:\d\d[^\r\n]{0,40}\r?\n[\w-]{1,70}:)"
)


def unfolded(data: bytes) -> bytes:
    """Calendars and cards with their folded lines whole and their escapes resolved; other text as it is."""
    if _CARDS.match(data) is None:
        return data
    return _ESCAPED.sub(_plain, _FOLD.sub(b"", data))


def _plain(escape: re.Match[bytes]) -> bytes:
    return b"\n" if escape[1] in b"nN" else escape[1]


def flowed(text: str, content_type: str) -> str:
    """A text whose type says ``format=flowed``, each paragraph on a line (RFC 3676, 4)."""
    if _FLOWED.search(content_type) is None:
        return text
    kept = 1 if _DELETES.search(content_type) is None else 0
    return "\n".join(_paragraphs(text, kept))


def _paragraphs(text: str, kept: int) -> Iterator[str]:
    """``kept``: blanks at a flowed line's end that belong to the text."""
    pieces: list[str] = []
    open_depth = -1  #: quote marks of the paragraph that goes on
    for line in text.splitlines():
        quote = _QUOTED.match(line)
        depth = quote.end() if quote else 0
        bare = line[depth:].removeprefix(" ")
        if pieces and (depth != open_depth or bare == SIGNATURE):
            yield "".join(pieces)
            pieces = []
        if bare.endswith(" ") and bare != SIGNATURE:
            pieces.append(bare if kept else bare[:-1])
            open_depth = depth
            continue
        yield "".join((*pieces, bare))
        pieces = []
    if pieces:
        yield "".join(pieces)


def mails_of(data: bytes) -> list[bytes]:
    """The mails of an mbox, each with its "From " line; of any other file the whole."""
    return _BETWEEN.split(data) if data.startswith(b"From ") else [data]
