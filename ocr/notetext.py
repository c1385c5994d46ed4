"""What annotations and fields say, and how their text lies (ISO 32000-1, 12.5.6.6 and 12.7)."""

from __future__ import annotations

import html
import re
from typing import Any

import pikepdf
from pikepdf import Array, Dictionary, Stream

MOST_TEXT = 20_000  #: characters of one comment or field
DEEPEST = 50
_LINE_END = re.compile(r"</p\s*>|<br\s*/?>", re.IGNORECASE)
_TAG = re.compile(r"<[^>]*>")


def text_of(note: Any, kind: str) -> str:
    """The value of a field, or what a comment says; from its rich text where there is no other."""
    if kind == "/Widget":
        return string(inherited(note, "/V")) or _without_tags(inherited(note, "/RV"))
    return string(note.get("/Contents")) or _without_tags(note.get("/RC"))


def string(value: Any) -> str:
    """A text string, stream of text, or array of them; empty for anything else."""
    if isinstance(value, Stream):
        value = pikepdf.String(value.read_bytes())
    if isinstance(value, Array):
        return ", ".join(filter(None, (string(one) for one in value)))[:MOST_TEXT]
    return str(value).strip()[:MOST_TEXT] if isinstance(value, str | pikepdf.String) else ""


def _without_tags(rich: Any) -> str:
    """The words of rich text (12.7.3.4), a line each paragraph."""
    text = _TAG.sub("", _LINE_END.sub("\n", string(rich)))
    return html.unescape(text).strip()


def inherited(widget: Any, key: str) -> Any:
    """An entry of a field or of those above it (12.7.3.1)."""
    node = widget
    for _ in range(DEEPEST):
        if key in node:
            return node[key]
        parent = node.get("/Parent")
        if not isinstance(parent, Dictionary):
            return None
        node = parent
    return None


def turn_of(note: Any) -> int:
    """By how many degrees its text is turned against the clock: 0, 90, 180 or 270.

    Fields say so in MK R (table 189); free text of widespread programs in an entry Rotate.
    """
    looks = note.get("/MK")
    said = looks.get("/R") if isinstance(looks, Dictionary) else note.get("/Rotate")
    return int(said) % 360 if isinstance(said, int) and said % 90 == 0 else 0
