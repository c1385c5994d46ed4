"""Old text layers are taken off, whatever a page's content is made of; what is seen stays."""

from __future__ import annotations

from typing import Any

import pikepdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pikepdf import Array, Dictionary, Name

from ocr.pdf.old_text_layer import drop_invisible_text, unbalanced

SHEET = b"595 0 0 842 0 0 cm"
OLD = b"BT (alt) Tj ET "


def page_of(pdf: pikepdf.Pdf, content: bytes, **pictures: Any) -> pikepdf.Page:
    page = pdf.add_blank_page(page_size=(595, 842))
    opaque = pdf.make_stream(b"\0", Subtype=Name.Image, Width=1, Height=1)
    page.obj.Resources = Dictionary(XObject=Dictionary({"/Im": opaque, **pictures}))
    page.obj.Contents = pdf.make_stream(content)
    return page


def left(content: bytes, **pictures: Any) -> bytes:
    with pikepdf.new() as pdf:
        page = page_of(pdf, content, **pictures)
        drop_invisible_text(pdf, page)
        return bytes(page.obj.Contents.read_bytes())


@pytest.mark.parametrize("hidden", [b"BT 3 Tr (alt) Tj ET", OLD + SHEET + b" /Im Do"])
def test_what_nobody_sees_is_taken_off(hidden: bytes) -> None:
    assert b"alt" not in left(hidden)


@pytest.mark.parametrize(
    "before",
    [
        b"/N 1 0 0 1 0 cm", b"1 0 0 cm", b"1e400 0 0 1 0 0 cm",  # a viewer may ignore it, or not
        b"0 0 /a 1 re W n", b"W n", b"0 0 300 842 re W n", b"7 Tr", b"/Gs gs",
    ],
)  # fmt: skip
def test_a_picture_that_is_not_surely_over_the_sheet_hides_nothing(before: bytes) -> None:
    assert b"alt" in left(OLD + before + b" " + SHEET + b" /Im Do")


def test_a_picture_askew_leaves_its_corners() -> None:
    assert b"alt" in left(OLD + b"595 400 -500 842 0 0 cm /Im Do")
    assert b"alt" not in left(OLD + b"594 15 -10 842 0 -8 cm /Im Do")


@pytest.mark.parametrize("mode", [b"/x", b"(3)", b"null", b"[3]", b"3.7", b"99999999999999999999"])
def test_a_mode_that_is_none_hides_nothing(mode: bytes) -> None:
    assert b"alt" in left(b"BT " + mode + b" Tr (alt) Tj ET")


@pytest.mark.parametrize("odd", [5, Name.Foo, Array([]), Dictionary()])
def test_a_picture_that_is_none_hides_nothing(odd: Any) -> None:
    assert b"alt" in left(OLD + SHEET + b" /Im Do", **{"/Im": odd})


OPERANDS = st.lists(
    st.sampled_from([b"0", b"1", b"-1", b"595", b"842", b"3", b"1e400", b"/Im", b"(x)", b"null"]),
    max_size=7,
)
OPERATORS = st.sampled_from(
    [b"q", b"Q", b"cm", b"gs", b"Tr", b"Tj", b"W", b"n", b"re", b"Do", b"BT", b"ET", b"f", b"TJ"]
)
CONTENT = st.lists(st.tuples(OPERANDS, OPERATORS).map(lambda one: b" ".join([*one[0], one[1]])))


@settings(max_examples=200, deadline=None)
@given(content=CONTENT.map(b"\n".join))
def test_no_content_ends_in_an_error(content: bytes) -> None:
    with pikepdf.new() as pdf:
        page = page_of(pdf, content)
        if drop_invisible_text(pdf, page):
            assert b"Tr" in content or b"Do" in content
        assert all(count >= 0 for count in unbalanced(page))
