"""Fields that are filled after signing: only those that may be, and they show what they hold.

pyHanko permits any new value, appearance and flag of a field. A field that the signer made
read-only is his own words (ISO 32000-2, table 227); an appearance that says something else than the
value shows a person what no program reads; a field that is hidden takes away what was signed.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable
from typing import Any

from pyhanko.pdf_utils import generic
from pyhanko.sign.diff_analysis import ModificationLevel, SuspiciousModification
from pyhanko.sign.diff_analysis.form_rules_api import (
    FieldComparisonContext,
    FieldComparisonSpec,
    FormUpdate,
)
from pyhanko.sign.diff_analysis.rules.form_field_rules import GenericFieldModificationRule

from signing.formats.pdf.changes.field_appearance import Undecidable, shown_text
from signing.formats.pdf.reader import entry

READ_ONLY, REQUIRED, NO_EXPORT = 1, 2, 4
PASSWORD, COMBO, COMB = 1 << 13, 1 << 17, 1 << 24
SETTABLE = READ_ONLY | REQUIRED | NO_EXPORT  #: flags of a field that change nothing shown
SHOWING = 1 | 2 | 32 | 256  #: flags of a widget: invisible, hidden, not on the screen or only there
PRINTED = 4
LEVELS = 32  #: fields within fields
FIGURES = re.compile(r"-?\d[\d.,' ]*")


class FilledAsShown(GenericFieldModificationRule):
    """The usual rule for fields, for those alone that may be filled and show their value."""

    def apply(
        self, context: FieldComparisonContext
    ) -> Iterable[tuple[ModificationLevel, FormUpdate]]:
        """Raises Undecidable where a font of the form is another one now."""
        before, after = (_fonts(at.root) for at in (context.old, context.new))
        if any(after.get(name, font) != font for name, font in before.items()):
            raise Undecidable("a font of the form is another one")
        yield from super().apply(context)

    def check_form_field(
        self, fq_name: str, spec: FieldComparisonSpec, context: FieldComparisonContext
    ) -> Iterable[tuple[ModificationLevel, FormUpdate]]:
        """Raises SuspiciousModification for what may not be, Undecidable where that is open."""
        old, new = spec.old_field, spec.new_field
        if spec.field_type != "/Sig" and old is not None and new is not None:
            form = entry(context.new.root, "/AcroForm")
            if _differs(old, new) or _is_drawn_anew(context):
                _Filling(fq_name, spec.field_type, old, new, context, form).check()
        yield from super().check_form_field(fq_name, spec, context)


def _fonts(root: generic.DictionaryObject) -> dict[str, Any]:
    """The fonts in which viewers draw the values of fields."""
    found: Any = root
    for key in ("/AcroForm", "/DR", "/Font"):
        found = entry(found, key)
        if not isinstance(found, generic.DictionaryObject):
            return {}
    return {name: entry(found, name) for name in found}


def _is_drawn_anew(context: FieldComparisonContext) -> bool:
    """A viewer is told only now to draw all fields by their values, or how."""
    before, after = entry(context.old.root, "/AcroForm"), entry(context.new.root, "/AcroForm")
    if entry(before, "/DA") != entry(after, "/DA"):
        return True
    return bool(entry(after, "/NeedAppearances")) and not entry(before, "/NeedAppearances")


def _differs(old: generic.DictionaryObject, new: generic.DictionaryObject) -> bool:
    """In what it holds or how it is shown, also where a stream was written over."""
    keys = ("/V", "/AS", "/AP", "/F", "/Ff", "/DA", "/Q")
    if any(_raw(old, key) != _raw(new, key) for key in keys):
        return True
    return bool(_bytes(_normal(old)) != _bytes(_normal(new)))


def _raw(field: generic.DictionaryObject, key: str) -> generic.PdfObject | None:
    return field.raw_get(key) if key in field else None


def _normal(field: generic.DictionaryObject) -> Any:
    picture = entry(field, "/AP")
    return entry(picture, "/N") if isinstance(picture, generic.DictionaryObject) else None


def _bytes(picture: Any) -> Any:
    """What an appearance, or each of its states, is made of."""
    if isinstance(picture, generic.StreamObject):
        return picture.data
    if isinstance(picture, generic.DictionaryObject):
        return {key: _bytes(entry(picture, key)) for key in picture}
    return picture


def _inherited(field: generic.DictionaryObject, key: str) -> Any:
    for _ in range(LEVELS):
        if key in field:
            return entry(field, key)
        above = entry(field, "/Parent")
        if not isinstance(above, generic.DictionaryObject):
            break
        field = above
    return None


def _flags(field: generic.DictionaryObject) -> int:
    return int(_inherited(field, "/Ff") or 0)


class _Filling:
    """One field as it was signed and as it is now."""

    def __init__(
        self,
        name: str,
        kind: str,
        old: generic.DictionaryObject,
        new: generic.DictionaryObject,
        context: FieldComparisonContext,
        form: Any,
    ) -> None:
        self.name = name
        self.kind = kind
        self.old = old
        self.new = new
        self.context = context
        self.form = form

    def check(self) -> None:
        """Raises SuspiciousModification, or Undecidable."""
        self._may_be_filled()
        self._stays_visible()
        if self.kind == "/Btn":
            self._button()
        elif self.kind in ("/Tx", "/Ch"):
            self._words()

    def _may_be_filled(self) -> None:
        before, after = _flags(self.old), _flags(self.new)
        if (before ^ after) & ~SETTABLE:
            raise Undecidable(f"field {self.name}: it is of another kind now")
        held = ("/V", "/AS")
        if before & READ_ONLY and any(entry(self.old, k) != entry(self.new, k) for k in held):
            if self._has_action("/C"):
                raise Undecidable(f"field {self.name}: a viewer may have computed its value")
            raise SuspiciousModification(f"field {self.name}: it is read-only and was changed")

    def _stays_visible(self) -> None:
        before, after = (int(entry(each, "/F") or 0) for each in (self.old, self.new))
        if (before ^ after) & SHOWING or (before & PRINTED and not after & PRINTED):
            raise SuspiciousModification(f"field {self.name}: it is shown where it was not, or not")
        by_viewer = _normal(self.new) is None or bool(entry(self.form, "/NeedAppearances"))
        if by_viewer and self._letters(self.old) != self._letters(self.new):
            raise Undecidable(f"field {self.name}: a viewer draws it otherwise now")

    def _letters(self, field: generic.DictionaryObject) -> Any:
        """Font, size and colour in which a viewer draws the value."""
        root = (self.context.old if field is self.old else self.context.new).root
        return _inherited(field, "/DA") or entry(entry(root, "/AcroForm"), "/DA")

    def _button(self) -> None:
        """Its states are drawn as they were signed; the one that is shown is its value."""
        if _bytes(_normal(self.old)) != _bytes(_normal(self.new)):
            raise Undecidable(f"field {self.name}: a button is drawn otherwise")
        shown = str(entry(self.new, "/AS") or "/Off")
        value = str(_inherited(self.new, "/V") or "/Off")
        states = _normal(self.new)
        if not isinstance(states, generic.DictionaryObject) or "/AS" not in self.new:
            return
        if shown not in (value, "/Off") or (shown == "/Off" != value and value in states):
            raise SuspiciousModification(f"field {self.name}: shown {shown}, value {value}")

    def _words(self) -> None:
        picture = _normal(self.new)
        if picture is None:
            return  # drawn by the viewer, by its value
        cells = int(_inherited(self.new, "/MaxLen") or 0) if _flags(self.new) & COMB else 0
        resources = entry(self.form, "/DR")
        found = shown_text(picture, self.context.old, resources, cells)
        readings = {_plain(each) for each in _decoded(found)}
        wanted = self._wanted()
        if not readings & {_plain(each) for each in wanted}:
            self._say_otherwise(readings, wanted)

    def _wanted(self) -> set[str]:
        """What the appearance may say for the value."""
        value = _inherited(self.new, "/V")
        if isinstance(value, generic.ArrayObject | generic.StreamObject):
            raise Undecidable(f"field {self.name}: a value that is no line of text")
        words = "" if value is None else str(value)
        if self.kind == "/Ch":
            shown = [_option(each) for each in _inherited(self.old, "/Opt") or ()]
            if not _flags(self.old) & COMBO:
                return {"".join(display for _, display in shown)}
            return {words} | {display for export, display in shown if export == words}
        return {"*" * len(words)} if _flags(self.old) & PASSWORD else {words}

    def _say_otherwise(self, readings: set[str], wanted: set[str]) -> None:
        """It shows something else: a viewer's doing in some forms, and a lie in all others."""
        said = f"field {self.name}: its appearance does not show its value"
        words = min(wanted)
        if self._has_action("/F"):
            if any(_is_number_of(words, each) for each in readings):
                return
            raise Undecidable(said)
        needs = entry(self.form, "/NeedAppearances")
        lists = self.kind == "/Ch" and not _flags(self.old) & COMBO
        if needs or lists or "" in readings or not _is_latin(words):
            raise Undecidable(said)
        raise SuspiciousModification(said)

    def _has_action(self, key: str) -> bool:
        """A script that the signed field has."""
        actions = _inherited(self.old, "/AA")
        return isinstance(actions, generic.DictionaryObject) and key in actions


def _option(item: Any) -> tuple[str, str]:
    found = item.get_object()
    if isinstance(found, generic.ArrayObject):
        return str(found[0]), str(found[1])
    return str(found), str(found)


def _decoded(found: bytes) -> set[str]:
    """By the two encodings that such fonts have; they differ beyond the letters."""
    readings = {found.decode("cp1252", "replace")}
    with contextlib.suppress(UnicodeDecodeError):
        readings.add(str(generic.decode_pdfdocencoding(found)))  # type: ignore[no-untyped-call]
    return readings


def _plain(words: str) -> str:
    """Lines are broken and spaces set as the field is wide."""
    return "".join(words.split())


def _is_latin(words: str) -> bool:
    try:
        words.encode("cp1252")
    except UnicodeEncodeError:
        return False
    return True


def _is_number_of(value: str, shown: str) -> bool:
    """Whether ``shown`` is the value written out, as in 1.234,50 EUR for 1234.5."""
    try:
        wanted = float(value)
    except ValueError:
        return False
    found = FIGURES.findall(shown)
    if len(found) != 1:
        return False
    plain = found[0].strip(" .,'")
    german, english = plain.replace(".", "").replace(",", "."), plain.replace(",", "")
    return any(_equals(each.replace("'", ""), wanted) for each in (german, english))


def _equals(figures: str, wanted: float) -> bool:
    try:
        return abs(float(figures) - wanted) < 0.005
    except ValueError:
        return False
