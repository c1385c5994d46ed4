"""The durable form keeps what was read."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ocr.findings import Found, Severity
from ocr.recognition.result import Line, PageText, Recognition, Word, pack, page_in
from tests.unit.ocr.conftest import page_text, recognition

numbers = st.floats(-1000, 20000).map(lambda value: round(value, 2))
boxes = st.tuples(numbers, numbers, numbers, numbers)
texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)


@st.composite
def pages(draw: st.DrawFn) -> PageText:
    count = draw(st.integers(0, 4))
    lines = [
        Line(
            baseline=draw(boxes),
            ascent=draw(numbers),
            descent=draw(numbers),
            begins_paragraph=draw(st.booleans()),
            own=draw(st.booleans()),
        )
        for _ in range(count)
    ]
    words = [
        Word(text=draw(texts), box=draw(boxes), confidence=draw(st.integers(0, 100)), line=line)
        for line in range(count)
        for _ in range(draw(st.integers(1, 3)))
    ]
    found = Found(
        code="x",
        text=draw(texts),
        severity=draw(st.sampled_from(Severity)),
        page=1,
        detail={"a": 1},
    )
    return PageText(
        number=draw(st.integers(1, 3000)),
        width=draw(numbers),
        height=draw(numbers),
        source="ocr",
        language="deu",
        confidence=draw(st.integers(0, 100)),
        turn=draw(st.sampled_from([0, 90, 180, 270])),
        turned=draw(st.booleans()),
        skew=draw(st.floats(-9, 9).map(lambda value: round(value, 3))),
        straightened=draw(st.booleans()),
        blank="content",
        dpi=300,
        findings=(found,),
        packed=pack(lines, words),
    )


@given(st.lists(pages(), max_size=3))
def test_there_and_back(given_pages: list[PageText]) -> None:
    before = recognition(*given_pages)
    after = Recognition.from_json(before.to_json())
    assert after == before
    assert [page.words for page in after.pages] == [page.words for page in before.pages]
    assert [page.lines for page in after.pages] == [page.lines for page in before.pages]


def test_text_has_a_line_a_line_and_a_form_feed_a_page() -> None:
    one = page_text([("Guten", (0, 0, 10, 10)), ("Tag", (0, 20, 10, 30))])
    two = page_text([("Ende", (0, 0, 10, 10))], number=2)
    assert recognition(one, two).text() == "Guten\nTag\fEnde"


def test_paragraphs_are_parted() -> None:
    line = Line(baseline=(0, 9, 9, 9), ascent=8, descent=1, begins_paragraph=True)
    words = [Word(text=t, box=(0, 0, 9, 9), confidence=9, line=n) for n, t in enumerate("ab")]
    page = page_text([])
    packed = pack([line, line], words)
    assert PageText.text.fget(_with(page, packed)) == "a\n\nb"  # type: ignore[attr-defined]


def _with(page: PageText, packed: bytes) -> PageText:
    from dataclasses import replace

    return replace(page, packed=packed)


def test_it_is_plain_json_in_any_layout() -> None:
    before = recognition(page_text([("eins", (0, 0, 9, 9))]), page_text([], number=2))
    compact = json.dumps(json.loads(before.to_json()))
    assert Recognition.from_json(compact) == before


@pytest.mark.parametrize("change", [{"format": "other"}, {"version": 2}])
def test_another_format_is_refused(change: dict[str, object]) -> None:
    raw = {**json.loads(recognition(page_text([])).to_json()), **change}
    with pytest.raises(ValueError, match="recognition"):
        Recognition.from_json(json.dumps(raw))


def test_a_page_is_small_until_it_is_asked() -> None:
    words = [(f"Wort{n}", (float(n), 1.0, n + 9.5, 11.25)) for n in range(300)]
    assert len(page_text(words).packed) < 12_000


@settings(max_examples=25)
@given(st.lists(pages(), max_size=3), st.integers(0, 4))
def test_one_page_is_read_as_all_are(given_pages: list[PageText], number: int) -> None:
    kept = recognition(*given_pages).to_json()
    expected = next((page for page in given_pages if page.number == number), None)
    assert page_in(kept, number) == expected
    assert page_in(json.dumps(json.loads(kept)).encode(), number) == expected


def test_one_page_is_read_without_the_others() -> None:
    kept = recognition(*(page_text([("Wort", (0, 0, 9, 9))], number=n) for n in (1, 2, 3)))
    lines = kept.to_json().split(b"\n")
    lines[1] = b"no page at all,"
    found = page_in(b"\n".join(lines), 3)
    assert found is not None and found.text == "Wort"


def test_one_page_of_another_format_is_refused() -> None:
    kept = recognition(page_text([])).to_json().replace(b'"version":1', b'"version":2')
    with pytest.raises(ValueError, match="format 2"):
        page_in(kept, 1)
