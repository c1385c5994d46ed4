"""The page tree of a PDF made plain: every page once, with all that it inherits standing on it.

ISO 32000-1, 7.7.3.4: Resources, MediaBox, CropBox and Rotate may stand anywhere above a page.
Libraries differ in what they do about that, about wrong counts, and about boxes that are none; on a
plain tree they agree.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pikepdf
from pikepdf import Array, Dictionary, Name

from ocr.geometry import PdfBox

INHERITED = ("/Resources", "/MediaBox", "/CropBox", "/Rotate")
LETTER: PdfBox = (0.0, 0.0, 612.0, 792.0)  #: what viewers assume where no media box can be used
DEEPEST = 200  #: nodes above a page
MOST_PAGES = 200_000
UNITS = (0.001, 1000.0)  #: user space units that are believed


@dataclass(frozen=True, slots=True)
class PageTree:
    """What the tree was like before it was made plain.

    ``stated``: /Count of the root, None where it is no number; ``broken``: entries that are no
    page, and loops; ``sound``: every program reads it alike.
    """

    pages: int
    stated: int | None
    broken: int
    sound: bool
    units: Mapping[int, float]  #: UserUnit of each page (from 1) that has another than 1

    @property
    def doubtful(self) -> bool:
        """Whether programs may disagree about which pages there are."""
        return bool(self.broken) or self.stated != self.pages


@dataclass(slots=True)
class _Walk:
    broken: int = 0
    nested: bool = False


def make_plain(pdf: pikepdf.Pdf) -> PageTree:
    """Put all pages into one node, each an object of its own with everything that it inherits.

    To be called before ``pdf.pages`` is used. Raises ``pikepdf.PdfError`` where there is no tree.
    """
    root = pdf.Root.get("/Pages")
    if not isinstance(root, Dictionary):
        raise pikepdf.PdfError("unable to find page tree")
    walk = _Walk()
    leaves = list(_leaves(root, {}, (), walk)) or _loose(pdf)
    stated: Any = root.get("/Count")
    count = stated if isinstance(stated, int) else None
    changed = [_settle(leaf, inherited) for leaf, inherited in leaves]
    pages = [leaf for leaf, _ in leaves]
    distinct = len({page.objgen for page in pages if page.is_indirect}) == len(pages)
    sound = distinct and count == len(pages) and not walk.broken and not any(changed)
    if not sound or walk.nested:
        _rewrite(pdf, root, pages)
    for key in INHERITED:
        if key in root:
            del root[key]
    units = {number: unit_of(page) for number, page in enumerate(pages, 1) if unit_of(page) != 1}
    return PageTree(len(pages), count, walk.broken, sound, units)


def unit_of(page: Any) -> float:
    """Size of the page's user space unit in points (table 30, UserUnit); 1 for what is none."""
    found = numbers(Array([page.get("/UserUnit", 1)]))
    return found[0] if found and UNITS[0] <= found[0] <= UNITS[1] else 1.0


def _loose(pdf: pikepdf.Pdf) -> list[tuple[Any, dict[str, Any]]]:
    """All pages of a file whose tree leads to none, in the order of their numbers."""
    return [
        (item, {})
        for item in pdf.objects
        if isinstance(item, Dictionary) and item.get("/Type") == Name.Page
    ]


def _leaves(
    node: Any, inherited: dict[str, Any], above: tuple[Any, ...], walk: _Walk
) -> Iterator[tuple[Any, dict[str, Any]]]:
    kids = node.get("/Kids")
    if not isinstance(kids, Array) or len(above) > DEEPEST:
        walk.broken += 1
        return
    here = {**inherited, **{key: node[key] for key in INHERITED if key in node}}
    path = (*above, node.objgen)
    for kid in kids:
        if not isinstance(kid, Dictionary) or (kid.is_indirect and kid.objgen in path):
            walk.broken += 1
        elif isinstance(kid.get("/Kids"), Array):
            walk.nested = True
            yield from _leaves(kid, here, path, walk)
        elif _is_page(kid):
            yield kid, here
        else:
            walk.broken += 1


def _is_page(kid: Any) -> bool:
    """Also one whose /Type is missing or wrong, as viewers see it."""
    return kid.get("/Type") == Name.Page or any(
        key in kid for key in ("/Contents", "/MediaBox", "/Resources")
    )


def _settle(page: Any, inherited: dict[str, Any]) -> bool:
    """Everything inherited onto the page itself, boxes in order; whether those were none."""
    for key, value in inherited.items():
        if key not in page:
            page[key] = value
    media = box_of(page.get("/MediaBox")) or LETTER
    crop = box_of(page.get("/CropBox"))
    shown = _common(media, crop) if crop else None
    changed = _put_box(page, "/MediaBox", media)
    changed |= _put_box(page, "/CropBox", shown)
    changed |= _put_turn(page)
    if page.get("/Type") != Name.Page:
        page["/Type"] = Name.Page
        changed = True
    return changed


def _put_turn(page: Any) -> bool:
    """Quarter turns alone, 0 to 270; anything else turns nothing."""
    if "/Rotate" not in page:
        return False
    found = numbers(Array([page["/Rotate"]]))
    turn = int(found[0]) % 360 if found and found[0] % 90 == 0 else 0
    if page["/Rotate"] == turn:
        return False
    page["/Rotate"] = turn
    return not found or int(found[0]) % 360 != turn


def _put_box(page: Any, key: str, box: PdfBox | None) -> bool:
    if box is None:
        if key in page:
            del page[key]
            return True
        return False
    old = page.get(key)
    if isinstance(old, Array) and numbers(old) == list(box):
        return False
    page[key] = Array([round(value, 5) for value in box])
    return True


def box_of(value: Any) -> PdfBox | None:
    """Left, bottom, right, top of a rectangle with some area; None for anything else."""
    corners = numbers(value)
    if len(corners) != 4:
        return None
    x0, y0, x1, y1 = corners
    box = min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)
    return box if box[2] > box[0] and box[3] > box[1] else None


def numbers(value: Any) -> list[float]:
    """The finite numbers of an array; empty for anything else."""
    if not isinstance(value, Array):
        return []
    try:
        found = [float(one) for one in value]
    except (TypeError, ValueError):
        return []
    return found if all(map(math.isfinite, found)) else []


def _common(one: PdfBox, other: PdfBox) -> PdfBox | None:
    box = (
        max(one[0], other[0]),
        max(one[1], other[1]),
        min(one[2], other[2]),
        min(one[3], other[3]),
    )
    return box if box[2] > box[0] and box[3] > box[1] else None


def _rewrite(pdf: pikepdf.Pdf, root: Any, leaves: list[Any]) -> None:
    """One node with all pages; a page that stands in the tree twice becomes two."""
    taken: set[tuple[int, int]] = set()
    kids = []
    for leaf in leaves[:MOST_PAGES]:
        page = leaf
        if not leaf.is_indirect or leaf.objgen in taken:
            page = pdf.make_indirect(Dictionary(dict(leaf.items())))
        taken.add(page.objgen)
        page["/Parent"] = root
        kids.append(page)
    root["/Type"] = Name.Pages
    root["/Kids"] = Array(kids)
    root["/Count"] = len(kids)
    if "/Parent" in root:
        del root["/Parent"]
