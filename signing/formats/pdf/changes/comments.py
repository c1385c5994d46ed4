"""Comments added to a certified document that allows them (DocMDP 3; ISO 32000-2, 12.8.2.2).

A comment may be drawn anywhere and so hide what was signed (attacks on certified documents, 2021).
Allowed here are the kinds that leave the page readable by their nature, as a viewer draws them: a
note's icon, marked or struck text, lines and freehand, all within bounds (``pdf_plain``). Free
text, stamps, filled shapes, and any kind with a picture of its own larger than an icon stay
unexplained.
"""

from __future__ import annotations

from collections.abc import Iterator

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.reader import HistoricalResolver
from pyhanko.sign.diff_analysis.rules_api import ReferenceUpdate, WhitelistRule

from signing.formats.pdf.changes.readable_comments import APPEARANCE, are_plain_together, is_plain
from signing.formats.pdf.reader import entry


class PlainMarkup(WhitelistRule):
    """Pages that gain plain comments and change in nothing else."""

    def apply(self, old: HistoricalResolver, new: HistoricalResolver) -> Iterator[ReferenceUpdate]:
        for ref in new.reader.xrefs.explicit_refs_in_revision(new.revision):
            if old.is_ref_unassignable(ref):
                continue
            before, after = old(ref), new(ref)
            if _is_page(before) and _is_page(after):
                yield from _of_page(ref, before, after, old)
            elif isinstance(before, generic.ArrayObject) and isinstance(after, generic.ArrayObject):
                yield from _of_list(ref, before, after, old)


def _is_page(value: generic.PdfObject) -> bool:
    return isinstance(value, generic.DictionaryObject) and entry(value, "/Type") == "/Page"


def _of_page(
    ref: generic.Reference,
    before: generic.DictionaryObject,
    after: generic.DictionaryObject,
    old: HistoricalResolver,
) -> Iterator[ReferenceUpdate]:
    rest = (before.keys() | after.keys()) - {"/Annots"}
    if any(_raw(before, key) != _raw(after, key) for key in rest):
        return
    listed, now = _raw(before, "/Annots"), _raw(after, "/Annots")
    if isinstance(now, generic.IndirectObject):
        if listed is None and (items := entry(after, "/Annots")) is not None:
            added = _added(generic.ArrayObject(), items, old)
            if added is not None:
                yield from map(ReferenceUpdate, (ref, now.reference, *added))
        elif listed == now:
            yield ReferenceUpdate(ref)
        return
    added = _added(entry(before, "/Annots") or generic.ArrayObject(), now, old)
    if added is not None:
        yield from map(ReferenceUpdate, (ref, *added))


def _of_list(
    ref: generic.Reference,
    before: generic.ArrayObject,
    after: generic.ArrayObject,
    old: HistoricalResolver,
) -> Iterator[ReferenceUpdate]:
    """A page's annotations as an object of their own."""
    added = _added(before, after, old)
    if added:
        yield from map(ReferenceUpdate, (ref, *added))


def _added(before: object, after: object, old: HistoricalResolver) -> set[generic.Reference] | None:
    """The objects of new plain comments; None where anything else was added or taken away."""
    if not isinstance(before, generic.ArrayObject) or not isinstance(after, generic.ArrayObject):
        return None
    left = [before.raw_get(place) for place in range(len(before))]
    right = [after.raw_get(place) for place in range(len(after))]
    if right[: len(left)] != left:
        return None
    found: set[generic.Reference] = set()
    comments: list[generic.DictionaryObject] = []
    for item in right[len(left) :]:
        if not isinstance(item, generic.IndirectObject):
            return None
        annotation = item.get_object()  # type: ignore[no-untyped-call]
        if not old.is_ref_unassignable(item.reference) or not is_plain(annotation):
            return None
        comments.append(annotation)
        found |= {item.reference, *_pictures(annotation)}
    return found if are_plain_together(comments) else None


def _pictures(annotation: generic.DictionaryObject) -> Iterator[generic.Reference]:
    """The streams that the comment's own small picture is made of."""
    appearance = entry(annotation, APPEARANCE)
    if isinstance(appearance, generic.DictionaryObject):
        for key in ("/N", "/R", "/D"):
            stream = _raw(appearance, key)
            if isinstance(stream, generic.IndirectObject):
                yield stream.reference


def _raw(dictionary: generic.DictionaryObject, key: str) -> generic.PdfObject | None:
    return dictionary.raw_get(key) if key in dictionary else None
