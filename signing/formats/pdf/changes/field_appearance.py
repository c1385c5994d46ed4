"""The words that the appearance of a form's field shows (ISO 32000-2, 12.7.4.3).

Appearances of filled fields are simple: a ground, a border, text in a font of the form. Where one is
more than that, what it shows cannot be told from its operators, and ``Undecidable`` is raised.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pikepdf
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.reader import HistoricalResolver
from pyhanko.sign.diff_analysis import SuspiciousModification

from signing.formats.pdf.reader import entry

#: operators that change how is drawn, and draw nothing of themselves
PLAIN = frozenset(
    ["q", "Q", "cm", "w", "J", "j", "M", "d", "ri", "i", "m", "h", "W", "W*", "n", "BT", "ET", "Td"]
    + ["TD", "Tm", "T*", "Tc", "Tw", "Tz", "TL", "Ts", "BMC", "BDC", "EMC", "MP", "DP"]
    + ["G", "RG", "K", "f", "F", "f*", "B", "B*", "b", "b*", "S", "s"]
)
GROUNDS = {"g", "rg", "k"}
STRINGS = {"Tj", "TJ", "'", '"'}
BARS = 6  #: rectangles: ground, border, clip, selection; figures could be made of more
EDGES = 8  #: straight lines beside those between the cells of a comb
CELLS = 100
LIGHT = 0.7  #: brightness of words that are no longer read on white
LARGEST = 1 << 20  #: bytes of an appearance
ENCODINGS = (None, "/WinAnsiEncoding", "/MacRomanEncoding", "/StandardEncoding", "/PDFDocEncoding")
OWN_SHAPES = ("/ToUnicode", "/CharProcs", "/DescendantFonts")
NO_LETTERS = ("/Symbol", "/ZapfDingbats")


class Undecidable(SuspiciousModification):
    """A change of which cannot be said whether it may be."""


def shown_text(
    stream: generic.PdfObject,
    old: HistoricalResolver,
    resources: generic.PdfObject | None,
    cells: int,
) -> bytes:
    """The bytes of all strings shown, in their order. Raises Undecidable.

    ``resources``: of the form, for an appearance without its own; ``cells``: of a comb.
    """
    if not isinstance(stream, generic.StreamObject) or len(stream.data) > LARGEST:
        raise Undecidable("an appearance that is no stream of usual size")
    reader = _Reader(EDGES + 2 * min(cells, CELLS))
    try:
        with pikepdf.new() as room:
            for each in pikepdf.parse_content_stream(room.make_stream(stream.data)):
                reader.take(str(each.operator), list(each.operands))
    except (pikepdf.PdfError, IndexError, TypeError) as error:
        raise Undecidable(f"an appearance that cannot be read: {error}"[:200]) from None
    own = entry(stream, "/Resources")
    for name in reader.fonts:
        font = _font(name, own) or _font(name, resources)
        _must_be_known(name, font, old)
    return b"".join(reader.shown)


class _Reader:
    """Goes through the operators of one appearance."""

    def __init__(self, edges: int) -> None:
        self.shown: list[bytes] = []
        self.fonts: set[str] = set()
        self._bars = BARS
        self._edges = edges
        self._colour = [0.0]
        self._kept: list[list[float]] = []

    def take(self, operator: str, operands: list[Any]) -> None:
        """One operator. Raises Undecidable for what is more than words on a ground."""
        if operator in STRINGS:
            if _brightness(self._colour) > LIGHT:
                raise Undecidable("words that are hardly seen")
            self.shown += _strings(operands[-1])
        elif operator == "Tf":
            self.fonts.add(str(operands[0]))
        elif operator == "Tr" and int(operands[0]) == 0:
            pass
        elif operator in GROUNDS:
            self._colour = [float(each) for each in operands]
        elif operator == "re" and self._bars:
            self._bars -= 1
        elif operator == "l" and self._edges:
            self._edges -= 1
        elif operator not in PLAIN:
            raise Undecidable(f"an appearance with the operator {operator}"[:80])
        if operator == "q":
            self._kept.append(self._colour)
        elif operator == "Q" and self._kept:
            self._colour = self._kept.pop()


def _strings(operand: Any) -> Iterator[bytes]:
    items = list(operand) if isinstance(operand, pikepdf.Array) else [operand]
    for item in items:
        if isinstance(item, pikepdf.String):
            yield bytes(item)


def _brightness(colour: list[float]) -> float:
    if len(colour) == 4:
        colour = [(1 - part) * (1 - colour[3]) for part in colour[:3]]
    return sum(colour) / max(1, len(colour))


def _font(name: str, resources: Any) -> Any:
    if not isinstance(resources, generic.DictionaryObject):
        return None
    fonts = entry(resources, "/Font")
    if not isinstance(fonts, generic.DictionaryObject) or name not in fonts:
        return None
    return fonts.raw_get(name)


def _must_be_known(name: str, font: generic.PdfObject | None, old: HistoricalResolver) -> None:
    """A font of the signed document, or one whose letters every viewer draws by itself; any other
    may draw other letters than its codes say."""
    is_signed = isinstance(font, generic.IndirectObject) and not old.is_ref_unassignable(
        font.reference
    )
    found = font.get_object() if font is not None else None  # type: ignore[no-untyped-call]
    if not isinstance(found, generic.DictionaryObject):
        raise Undecidable(f"no font {name}"[:80])
    kind = entry(found, "/Subtype")
    if kind not in ("/Type1", "/TrueType") or entry(found, "/BaseFont") in NO_LETTERS:
        raise Undecidable(f"text in a font {kind}"[:80])
    about = entry(found, "/FontDescriptor")
    embedded = isinstance(about, generic.DictionaryObject) and any(
        key.startswith("/FontFile") for key in about
    )
    own = embedded or any(key in found for key in OWN_SHAPES)
    if not is_signed and (own or entry(found, "/Encoding") not in ENCODINGS):
        raise Undecidable(f"a font {name} of its own"[:80])
