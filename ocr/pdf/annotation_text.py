"""What annotations and fields say, and how their text lies (ISO 32000-1, 12.5.6.6 and 12.7)."""

from __future__ import annotations

import html
import re
from typing import Any

import pikepdf
from pikepdf import Array, Dictionary, Name, Stream

MOST_TEXT = 20_000  #: characters of one comment or field
DEEPEST = 50
_LINE_END = re.compile(r"</p\s*>|<br\s*/?>", re.IGNORECASE)
_SHOWS = {"Tj": 0, "'": 0, '"': 2, "TJ": 0}  #: operators that show text: place of the operand
_SIMPLE_FONTS = (Name.Type1, Name.TrueType, Name.MMType1)
_NUMBER = re.compile(r"[-+\d.,:/\s]*")
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


def hides_value(look: Any, value: str, standard: Any) -> bool:
    """Whether a field's appearance surely shows not all of its value, or another one.

    ``standard``: the form's own resources (DR). What cannot be read from the appearance's codes
    (composite fonts, cut-down ones with codes of their own) is not judged; nor is how a number is written.
    """
    shown = _codes(look, standard)
    wanted = _plain(value)
    if shown is None or not wanted:
        return False
    found = _plain(shown)
    return not found if _NUMBER.fullmatch(value) else wanted not in found


def _codes(look: Any, standard: Any) -> str | None:
    """The text of an appearance by its codes; None where they need not be those of letters."""
    resources = look.get("/Resources", standard)
    fonts = resources.get("/Font") if isinstance(resources, Dictionary) else None
    if not all(map(_has_letters, fonts.values() if isinstance(fonts, Dictionary) else ())):
        return None
    try:
        operations = list(pikepdf.parse_content_stream(look))
    except pikepdf.PdfError:
        return None
    if any(str(operation.operator) in ("Do", "BI", "INLINE IMAGE") for operation in operations):
        return None  # it may stand in there
    parts = []
    for operation in operations:
        place = _SHOWS.get(str(operation.operator))
        if place is not None and len(operation.operands) > place:
            said = operation.operands[place]
            parts += [bytes(one) for one in (said if isinstance(said, Array) else [said])
                      if isinstance(one, pikepdf.String)]  # fmt: skip
    return b"".join(parts).decode("cp1252", "replace")


def _has_letters(font: Any) -> bool:
    """Whether the codes of a font are those of letters: all usual encodings agree in ASCII."""
    if not isinstance(font, Dictionary) or font.get("/Subtype") not in _SIMPLE_FONTS:
        return False
    return isinstance(font.get("/Encoding"), Name) or "+" not in str(font.get("/BaseFont", "+"))


def _plain(text: str) -> str:
    """Letters and digits that have the same code everywhere."""
    return "".join(char for char in text if char.isascii() and char.isalnum())
