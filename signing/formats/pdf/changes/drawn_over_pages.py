"""What later revisions draw over signed pages (attacks on certified documents, Rohlmann et al. 2021).

A new signature field may stand anywhere, and its appearance may be anything: pyHanko permits both,
signed or not. Here a field that nobody signed must draw nothing, and whatever else is drawn by a
new annotation must leave the ink of the signed page as it was. A field that stood on the page when
it was signed is part of what was signed, and is filled where it stands.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pikepdf

from config.filekind import Data
from signing.conclusions.conclusion_table import Check
from signing.formats.pdf.changes.page_agreement import PAGES, Start
from signing.formats.pdf.changes.page_ink import ERRORS, InkReader, Rect

LARGEST = 0.25  #: share of the page that a later signature may take up
MOST = 5000  #: annotations of a page that are looked at
UNSEEN = 1 | 2 | 32  #: invisible, hidden, not on the screen: what is printed is not drawn here
#: operators that put something on the page (ISO 32000-2, annex A)
PAINTING = frozenset(
    ["f", "F", "f*", "B", "B*", "b", "b*", "S", "s", "sh", "Do", "Tj", "TJ", "'", '"']
    + ["INLINE IMAGE"]
)
QPDF_ERRORS = (pikepdf.PdfError, pikepdf.PasswordError, ValueError, TypeError, RuntimeError)


@dataclass(frozen=True, slots=True)
class _Added:
    """An annotation that the signed page did not have."""

    rect: Rect
    share: float  #: of the page
    is_widget: bool
    is_filled: bool
    draws: bool
    unsure: str = ""  #: why it cannot be told from a drawing what it shows


def nothing_hidden(data: Data, end: int) -> tuple[Check, str]:
    """Whether what was added behind ``end`` leaves what stands before it visible."""
    try:
        to_compare: dict[int, list[Rect]] = {}
        for page, added in _added(data, end):
            if said := _objection(added):
                return Check.UNKNOWN, f"page {page + 1}: {said}"
            if added.draws:
                to_compare.setdefault(page, []).append(added.rect)
        return _compared(data, end, to_compare)
    except (*QPDF_ERRORS, *ERRORS) as error:
        return Check.UNKNOWN, f"what was added: {type(error).__name__}: {error}"[:300]


def _objection(added: _Added) -> str:
    if not added.draws:
        return ""
    if added.is_widget and not added.is_filled:
        return "a field that nobody signed draws something"
    if added.share > LARGEST:
        return f"an annotation takes up {added.share:.0%} of the page"
    return added.unsure


def _compared(data: Data, end: int, rects: dict[int, list[Rect]]) -> tuple[Check, str]:
    if not rects:
        return Check.HOLDS, ""
    reader = InkReader(data, end)
    try:
        lost = [page + 1 for page, where in rects.items() if not reader.is_kept(page, where)]
    finally:
        reader.close()
    if lost:
        return Check.UNKNOWN, f"signed content lies under later annotations, pages: {lost[:20]}"
    return Check.HOLDS, ""


def _added(data: Data, end: int) -> Iterator[tuple[int, _Added]]:
    with (
        pikepdf.open(io.BufferedReader(Start(data, end)), suppress_warnings=True) as signed,
        pikepdf.open(io.BufferedReader(Start(data, len(data))), suppress_warnings=True) as now,
    ):
        if len(now.pages) > PAGES:
            raise ValueError(f"more than {PAGES} pages")
        for number, (before, after) in enumerate(zip(signed.pages, now.pages, strict=True)):
            known = {_mark(item) for item in _annotations(before.obj)}
            for item in _annotations(after.obj):
                if _mark(item) not in known:
                    yield number, _read(item, after)


def _annotations(page: Any) -> list[Any]:
    found = page.get("/Annots")
    if not isinstance(found, pikepdf.Array):
        return []
    if len(found) > MOST:
        raise ValueError(f"more than {MOST} annotations")
    return [item for item in found if isinstance(item, pikepdf.Dictionary)]


def _mark(item: Any) -> object:
    return item.objgen if item.is_indirect else item.unparse()


def _read(item: Any, page: pikepdf.Page) -> _Added:
    rect = _rect(item.get("/Rect"))
    left, bottom, right, top = _rect(page.cropbox)
    area = (rect[2] - rect[0]) * (rect[3] - rect[1])
    picture = item.get("/AP")
    is_widget = item.get("/Subtype") == pikepdf.Name.Widget
    draws = area > 0 and (_draws(picture) or (is_widget and _has_ground(item)))
    return _Added(
        rect=rect,
        share=area / max(1.0, (right - left) * (top - bottom)),
        is_widget=is_widget,
        is_filled=_is_filled(item),
        draws=draws,
        unsure=_unsure(item, picture),
    )


def _rect(value: Any) -> Rect:
    """The first four numbers, as viewers read them."""
    if not isinstance(value, pikepdf.Array) or len(value) < 4:
        return (0.0, 0.0, 0.0, 0.0)
    x, y, other_x, other_y = (float(value[place]) for place in range(4))
    return min(x, other_x), min(y, other_y), max(x, other_x), max(y, other_y)


def _is_filled(item: Any) -> bool:
    """A signature field with a value; its signature has a result of its own."""
    for _ in range(32):
        if "/V" in item:
            value = item["/V"]
            return isinstance(value, pikepdf.Dictionary) and "/Contents" in value
        if not isinstance(item.get("/Parent"), pikepdf.Dictionary):
            break
        item = item["/Parent"]
    return False


def _has_ground(item: Any) -> bool:
    """What viewers draw for a field of themselves: a ground or a border (table 192)."""
    about = item.get("/MK")
    return isinstance(about, pikepdf.Dictionary) and any(
        isinstance(about.get(key), pikepdf.Array) and len(about[key]) > 0 for key in ("/BG", "/BC")
    )


def _unsure(item: Any, picture: Any) -> str:
    if int(item.get("/F", 0)) & UNSEEN:
        return "an annotation that is not shown on the screen draws something"
    if isinstance(picture, pikepdf.Dictionary) and any(key in picture for key in ("/R", "/D")):
        return "an annotation looks otherwise under the pointer"
    return ""


def _draws(picture: Any, depth: int = 0) -> bool:
    """Whether an appearance, or one of its states, puts anything on the page."""
    if isinstance(picture, pikepdf.Stream):
        done = pikepdf.parse_content_stream(picture)
        return any(str(each.operator) in PAINTING for each in done)
    if not isinstance(picture, pikepdf.Dictionary) or depth > 2:
        return picture is not None
    return any(_draws(state, depth + 1) for _, state in picture.items())
