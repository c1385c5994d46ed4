"""Signatures that a PDF names elsewhere than in a field of its form (ISO 32000-2, 12.7.5.5, 12.8).

Writers put the value into the widget below a field, or leave the field out of /AcroForm /Fields;
readers show these signatures all the same. /Perms names a certifying signature and, in forms that a
vendor's reader may fill in and save, a signature for usage rights, which is nobody's signature of
the document.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pyhanko.pdf_utils import generic

from signing.formats.pdf.reader import ENGINE_ERRORS, FilledField, OpenPdf, entry, read_value

WIDGETS = 20_000  #: annotations and fields that are looked at
LEVELS = 32  #: fields within fields, and parts of the page tree
USAGE_RIGHTS = ("/UR3", "/UR")


def other_anchors(pdf: OpenPdf, known: list[FilledField]) -> Iterator[FilledField]:
    """Filled signature fields that are none of ``known``, each signature once."""
    seen = {field.numbers for field in known}
    for found in (*_of_widgets(pdf), *_of_permissions(pdf)):
        if found.numbers is not None and found.numbers not in seen:
            seen.add(found.numbers)
            yield found


def _of_widgets(pdf: OpenPdf) -> Iterator[FilledField]:
    for widget in _widgets(pdf):
        try:
            if "/V" in widget and _inherited(widget, "/FT") == "/Sig":
                yield read_value(_name(widget), widget, "/V")
        except ENGINE_ERRORS:
            continue


def _of_permissions(pdf: OpenPdf) -> Iterator[FilledField]:
    try:
        permissions = entry(pdf.reader.root, "/Perms")
        if not isinstance(permissions, generic.DictionaryObject):
            return
        for key in ("/DocMDP", *USAGE_RIGHTS):
            if key in permissions:
                found = read_value(key.removeprefix("/"), permissions, key)
                yield found.for_usage_rights() if _is_usage_rights(found, key) else found
    except ENGINE_ERRORS:
        return


def _is_usage_rights(found: FilledField, key: str) -> bool:
    """Named so by the catalogue and by the signature itself (ISO 32000-1, 12.8.2.3)."""
    if key not in USAGE_RIGHTS or found.dictionary is None:
        return False
    references = entry(found.dictionary, "/Reference")
    if not isinstance(references, generic.ArrayObject):
        return False
    methods = [entry(item.get_object(), "/TransformMethod") for item in references]
    return bool(methods) and all(method in USAGE_RIGHTS for method in methods)


def _widgets(pdf: OpenPdf) -> Iterator[generic.DictionaryObject]:
    """Annotations of all pages, and the fields of the form with what lies below them."""
    left = [WIDGETS]
    form = entry(pdf.reader.root, "/AcroForm")
    if isinstance(form, generic.DictionaryObject):
        yield from _below(entry(form, "/Fields"), LEVELS, left)
    yield from _of_pages(entry(pdf.reader.root, "/Pages"), LEVELS, left)


def _of_pages(node: Any, depth: int, left: list[int]) -> Iterator[generic.DictionaryObject]:
    for page in _dictionaries(node, "/Kids", left):
        yield from _below(entry(page, "/Annots"), 1, left)
        if depth:
            yield from _of_pages(page, depth - 1, left)


def _below(items: Any, depth: int, left: list[int]) -> Iterator[generic.DictionaryObject]:
    if not isinstance(items, generic.ArrayObject):
        return
    for item in _each(items, left):
        yield item
        if depth:
            yield from _below(entry(item, "/Kids"), depth - 1, left)


def _dictionaries(node: Any, key: str, left: list[int]) -> Iterator[generic.DictionaryObject]:
    if isinstance(node, generic.DictionaryObject):
        items = entry(node, key)
        if isinstance(items, generic.ArrayObject):
            yield from _each(items, left)


def _each(items: generic.ArrayObject, left: list[int]) -> Iterator[generic.DictionaryObject]:
    for place in range(len(items)):
        if left[0] <= 0:
            return
        left[0] -= 1
        try:
            item = items[place]
        except ENGINE_ERRORS:
            continue
        if isinstance(item, generic.DictionaryObject):
            yield item


def _inherited(widget: generic.DictionaryObject, key: str) -> Any:
    node: Any = widget
    for _ in range(LEVELS):
        if not isinstance(node, generic.DictionaryObject):
            return None
        if key in node:
            return entry(node, key)
        node = entry(node, "/Parent")
    return None


def _name(widget: generic.DictionaryObject) -> str:
    return str(_inherited(widget, "/T") or "")
