"""A structure tree that grows when a form is signed or filled (ISO 32000-2, 14.7): it tags what is
there and shows nothing. What a reader would read aloud instead of the page (ActualText, Alt, E) may
not change with it.
"""

from __future__ import annotations

from collections.abc import Iterator

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.reader import HistoricalResolver
from pyhanko.sign.diff_analysis.rules_api import ReferenceUpdate, WhitelistRule

from signing.formats.pdf.reader import entry

SPOKEN = ("/ActualText", "/Alt", "/E", "/Lang", "/T")
WITHIN = ("/K", "/ParentTree", "/Kids", "/Nums", "/IDTree", "/Names", "/RoleMap", "/ClassMap", "/A")
ELSEWHERE = frozenset({"/Page", "/Pages", "/Catalog", "/Annot", "/XObject", "/Font", "/Sig"})
MOST = 50_000  #: values of a tree that are looked at


class StructureTree(WhitelistRule):
    """Objects of the structure tree alone, whose spoken words stay as they were signed."""

    def apply(self, old: HistoricalResolver, new: HistoricalResolver) -> Iterator[ReferenceUpdate]:
        changed = new.reader.xrefs.explicit_refs_in_revision(new.revision)
        if "/StructTreeRoot" not in old.root or "/StructTreeRoot" not in new.root:
            return
        before = _objects(old)
        for ref, value in _objects(new).items():
            if ref not in changed or not _is_tagging(value):
                continue
            if ref in before:
                if _is_tagging(before[ref]) and _spoken(before[ref]) == _spoken(value):
                    yield ReferenceUpdate(ref)
            elif old.is_ref_unassignable(ref) and not any(_spoken(value)):
                yield ReferenceUpdate(ref)


def _objects(at: HistoricalResolver) -> dict[generic.Reference, generic.PdfObject]:
    """The indirect objects of the tree as it stands in that revision."""
    found: dict[generic.Reference, generic.PdfObject] = {}
    left = [at.root.raw_get("/StructTreeRoot")]
    for _ in range(MOST):
        if not left:
            return found
        value = left.pop()
        if isinstance(value, generic.IndirectObject):
            if value.reference in found:
                continue
            found[value.reference] = value = at(value.reference)
        if isinstance(value, generic.ArrayObject):
            left += [value.raw_get(place) for place in range(len(value))]
        elif isinstance(value, generic.DictionaryObject) and _is_tagging(value):
            left += [value.raw_get(key) for key in WITHIN if key in value]
    return {}  # too large to be looked at whole: nothing of it is explained


def _is_tagging(value: generic.PdfObject) -> bool:
    if isinstance(value, generic.ArrayObject):
        return True
    return (
        isinstance(value, generic.DictionaryObject)
        and not isinstance(value, generic.StreamObject)
        and entry(value, "/Type") not in ELSEWHERE
    )


def _spoken(value: generic.PdfObject) -> tuple[object, ...]:
    if not isinstance(value, generic.DictionaryObject):
        return ()
    return tuple(entry(value, key) for key in SPOKEN)
