"""Comments on a certified document that allows them: none may hide what was signed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import fields

from signing.report.interface import Changes, Conclusion, Reason
from tests.unit.signing.make import pdf, sign, signer
from tests.unit.signing.test_attacks import dictionary, numbers, updated
from tests.unit.signing.test_pdf_added import BLANK, Entries, look, on_page, picture


def commented(*comments: Entries, pictures: bool = False) -> bytes:
    """A certified document that allows comments, with some."""
    certified = sign(pdf(1), signer(), certify=fields.MDPPerm.ANNOTATE)

    def change(writer: IncrementalPdfFileWriter) -> None:
        for entries in comments:
            rect = tuple(int(edge) for edge in entries["/Rect"])
            also = {"/AP": dictionary({"/N": picture(writer, rect)})} if pictures else {}
            on_page(writer, entries | also)

    return updated(certified, change)


def comment(kind: str, rect: tuple[int, ...] = (20, 90, 180, 120), **also: Any) -> Entries:
    entries = {f"/{key}": value for key, value in also.items()}
    return {"/Subtype": pdf_name(kind), "/Rect": numbers(*rect), **entries}


def style(width: int) -> generic.DictionaryObject:
    return dictionary({"/W": numbers(width)[0]})


INK = generic.ArrayObject([numbers(20, 100, 180, 100)])
LINE = numbers(20, 100, 180, 100)
QUAD = numbers(20, 115, 180, 115, 20, 95, 180, 95)
TALL = numbers(0, 2000, 200, 2000, 0, 100, 200, 100)
PAGE = (0, 0, 200, 200)
YES = generic.BooleanObject(True)  # type: ignore[no-untyped-call]
NO = generic.BooleanObject(False)  # type: ignore[no-untyped-call]


@pytest.mark.parametrize(
    "entries",
    [
        comment("/Ink", InkList=INK, BS=style(150)),
        comment("/Ink", InkList=INK, Border=numbers(0, 0, 150)),
        comment("/Ink", InkList=INK, C=numbers(1, 1, 1)),
        comment("/Ink", InkList=generic.ArrayObject([INK[0]] * 200), BS=style(3)),
        comment("/Line", L=LINE, BS=style(150)),
        comment("/Line", L=LINE, C=numbers(1)),
        comment("/Line", L=LINE, C=numbers(0, 0, 0, 0)),
        comment("/Line", L=LINE, Cap=YES),
        comment("/Line", L=LINE, IC=numbers(1, 1, 1), LE=pdf_name("/Circle")),
        comment("/Highlight", QuadPoints=QUAD, C=numbers(0, 0, 0)),
        comment("/Highlight", QuadPoints=QUAD, BM=pdf_name("/Normal")),
        comment("/Highlight", PAGE, QuadPoints=numbers(0, 200, 200, 200, 0, 0, 200, 0)),
        comment("/Highlight", PAGE),
        comment("/Highlight", BLANK, QuadPoints=QUAD),
        comment("/Underline", PAGE, QuadPoints=TALL),
        comment("/StrikeOut", PAGE, QuadPoints=TALL),
        comment("/Text", PAGE),
        comment("/Popup", PAGE, Open=YES),
    ],
)
def test_one_comment_that_may_hide_the_page(tmp_path: Path, entries: Entries) -> None:
    report = look(tmp_path, commented(entries))
    assert report.conclusion in (Conclusion.CHANGED, Conclusion.INDETERMINATE)


def test_small_pictures_side_by_side(tmp_path: Path) -> None:
    tiles = [comment("/Text", (left, 90, left + 40, 130)) for left in range(0, 200, 40)]
    pictures = look(tmp_path, commented(*tiles, pictures=True))
    assert pictures.conclusion is Conclusion.CHANGED
    assert look(tmp_path, commented(*tiles)).conclusion is Conclusion.CHANGED


def test_one_small_picture(tmp_path: Path) -> None:
    over = commented(comment("/Text", (20, 90, 60, 130)), pictures=True)
    report = look(tmp_path, over)
    assert report.conclusion is Conclusion.INDETERMINATE
    assert Reason.MAY_HIDE in report.reasons
    beside = commented(comment("/Text", (150, 20, 180, 50)), pictures=True)
    assert look(tmp_path, beside).conclusion is Conclusion.INTACT


def test_honest_comments(tmp_path: Path) -> None:
    comments = [
        comment("/Highlight", QuadPoints=QUAD, C=numbers(1, 1, 0)),
        comment("/Underline", QuadPoints=QUAD, C=numbers(1, 0, 0)),
        comment("/StrikeOut", QuadPoints=QUAD, C=numbers(1, 0, 0)),
        comment("/Ink", InkList=INK, C=numbers(0, 0, 1), BS=style(2)),
        comment("/Line", L=LINE, C=numbers(0, 0, 1), Border=numbers(0, 0, 1)),
        comment("/Text", (150, 150, 170, 170)),
        comment("/Text", (20, 150, 40, 170)),
        comment("/Popup", (0, 0, 180, 100), Open=NO),
    ]
    report = look(tmp_path, commented(*comments))
    assert report.conclusion is Conclusion.INTACT
    assert report.signatures[0].changes is Changes.PERMITTED
