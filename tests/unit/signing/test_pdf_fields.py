"""Fields of a form that are filled after signing: they show their value, and nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.fields import MDPPerm

from signing.report.interface import Changes, Conclusion
from tests.unit.signing.make import pdf, sign, signer
from tests.unit.signing.test_attacks import Change, dictionary, number, numbers, updated
from tests.unit.signing.test_pdf_added import look, on_page

RECT = (20, 140, 180, 160)
DRAWN = "/Tx BMC 1 1 1 rg 0 0 160 20 re f q BT 0 g /F1 10 Tf 2 6 Td ({}) Tj ET Q EMC"
CHANGED, OPEN, INTACT = Conclusion.CHANGED, Conclusion.INDETERMINATE, Conclusion.INTACT
READ_ONLY, PASSWORD = 1, 1 << 13
YES = generic.BooleanObject(True)  # type: ignore[no-untyped-call]
FONT = {"/Type": "/Font", "/Subtype": "/Type1", "/BaseFont": "/Helvetica"}
CALCULATED = dictionary({"/C": dictionary({"/S": pdf_name("/JavaScript")})})
FORMATTED = dictionary({"/F": dictionary({"/S": pdf_name("/JavaScript")})})


def drawn(
    writer: IncrementalPdfFileWriter, content: str, font: dict[str, Any] | None = None
) -> generic.DictionaryObject:
    """An appearance of that content."""
    named = {
        key: pdf_name(value) if isinstance(value, str) else value
        for key, value in (font or FONT).items()
    }
    entries = {
        "/Type": pdf_name("/XObject"),
        "/Subtype": pdf_name("/Form"),
        "/BBox": numbers(0, 0, 160, 20),
        "/Resources": dictionary({"/Font": dictionary({"/F1": dictionary(named)})}),
    }
    stream = generic.StreamObject(
        {pdf_name(key): value for key, value in entries.items()},
        stream_data=content.encode("cp1252"),
    )
    return dictionary({"/N": writer.add_object(stream)})


def text(value: str) -> generic.TextStringObject:
    return generic.TextStringObject(value)


def form(value: str = "100 Euro", *, shows: str | None = None, **also: Any) -> bytes:
    """A document with one field."""

    def change(writer: IncrementalPdfFileWriter) -> None:
        entries = {
            "/Subtype": pdf_name("/Widget"),
            "/FT": pdf_name("/Tx"),
            "/T": text("Betrag"),
            "/F": number(4),
            "/V": text(value),
            "/DA": text("/F1 10 Tf 0 g"),
            "/Rect": numbers(*RECT),
            "/AP": drawn(writer, DRAWN.format(value if shows is None else shows)),
        }
        entries |= {f"/{key}": item for key, item in also.items()}
        field = on_page(writer, entries)
        writer.root[pdf_name("/AcroForm")] = dictionary({"/Fields": generic.ArrayObject([field])})
        writer.mark_update(writer.root_ref)

    return updated(pdf(1), change)


def filled(
    data: bytes,
    value: str | None = None,
    shows: str | None = None,
    *,
    content: str | None = None,
    font: dict[str, Any] | None = None,
    needs: bool = False,
    **also: Any,
) -> bytes:
    """The field with another value, another appearance, other entries."""

    def change(writer: IncrementalPdfFileWriter) -> None:
        field = writer.root["/AcroForm"]["/Fields"][0]
        if value is not None:
            field[pdf_name("/V")] = text(value)
        if shows is not None or content is not None:
            field[pdf_name("/AP")] = drawn(writer, content or DRAWN.format(shows), font)
        for key, item in also.items():
            field[pdf_name(f"/{key}")] = item
        writer.update_container(field)
        if needs:
            writer.root["/AcroForm"][pdf_name("/NeedAppearances")] = YES
            writer.mark_update(writer.root_ref)

    return updated(data, change)


@pytest.mark.parametrize("level", [None, MDPPerm.FILL_FORMS])
@pytest.mark.parametrize(
    ("value", "shows"),
    [("200 Euro", "200 Euro"), ("Straße 5", "Straße 5"), ("a b", "a  b"), ("", "")],
)
def test_a_field_that_is_filled_is_permitted(
    tmp_path: Path, level: MDPPerm | None, value: str, shows: str
) -> None:
    report = look(tmp_path, filled(sign(form(), signer(), certify=level), value, shows))
    assert report.conclusion is INTACT
    assert report.signatures[0].changes is Changes.PERMITTED


@pytest.mark.parametrize("level", [None, MDPPerm.FILL_FORMS])
def test_a_field_that_nobody_may_fill(tmp_path: Path, level: MDPPerm | None) -> None:
    """ISO 32000-2, table 227."""
    signed = sign(form(Ff=number(READ_ONLY)), signer(), certify=level)
    assert look(tmp_path, filled(signed, "9999 Euro", "9999 Euro")).conclusion is CHANGED
    freed = filled(signed, "9999 Euro", "9999 Euro", Ff=number(0))
    assert look(tmp_path, freed).conclusion is CHANGED
    assert look(tmp_path, filled(signed, shows="100 Euro")).conclusion is INTACT


def test_a_sum_that_a_viewer_computes_is_not_known(tmp_path: Path) -> None:
    signed = sign(form(Ff=number(READ_ONLY), AA=CALCULATED), signer())
    assert look(tmp_path, filled(signed, "200", "200")).conclusion is OPEN


@pytest.mark.parametrize("level", [None, MDPPerm.FILL_FORMS])
@pytest.mark.parametrize(
    ("value", "shows", "conclusion"),
    [
        (None, "9999 Euro", CHANGED),
        ("200 Euro", "9999 Euro", CHANGED),
        ("9999 Euro", None, CHANGED),
        ("", "9999 Euro", CHANGED),
        ("200 Euro", "", OPEN),
    ],
)
def test_a_field_that_shows_something_else_than_its_value(
    tmp_path: Path,
    level: MDPPerm | None,
    value: str | None,
    shows: str | None,
    conclusion: Conclusion,
) -> None:
    report = look(tmp_path, filled(sign(form(), signer(), certify=level), value, shows))
    assert report.conclusion is conclusion


@pytest.mark.parametrize("flags", [2, 4 | 32, 4 | 2, 0])
def test_a_field_that_vanishes(tmp_path: Path, flags: int) -> None:
    signed = sign(form(), signer())
    assert look(tmp_path, filled(signed, F=number(flags))).conclusion is CHANGED


def test_a_field_that_is_locked_is_still_there(tmp_path: Path) -> None:
    signed = sign(form(), signer())
    locked = filled(signed, "200", "200", F=number(4 | 128), Ff=number(READ_ONLY))
    assert look(tmp_path, locked).conclusion is INTACT


@pytest.mark.parametrize(
    "content",
    [
        DRAWN.format("200") + " /X Do",
        DRAWN.format("200") + " 0 0 m 5 5 9 9 1 1 c S",
        DRAWN.format("200") + " 0 0 m" + " 5 5 l" * 30 + " S",
        DRAWN.format("200") + " 0 0 5 5 re f" * 20,
        DRAWN.format("200").replace("/F1", "3 Tr /F1"),
        DRAWN.format("200").replace("0 g", "1 g"),
        DRAWN.format("200") + " BI /W 1 /H 1 /BPC 8 /CS /G ID x EI",
    ],
    ids=["picture", "curve", "strokes", "bars", "invisible", "white", "inline picture"],
)
def test_a_field_that_draws_more_than_text(tmp_path: Path, content: str) -> None:
    signed = sign(form(), signer())
    assert look(tmp_path, filled(signed, "200", content=content)).conclusion is OPEN


@pytest.mark.parametrize(
    "font",
    [
        FONT | {"/Encoding": dictionary({"/Differences": generic.ArrayObject()})},
        FONT | {"/ToUnicode": dictionary({})},
        FONT | {"/FontDescriptor": dictionary({"/FontFile": dictionary({})})},
        FONT | {"/Subtype": "/Type3"},
        FONT | {"/BaseFont": "/ZapfDingbats"},
    ],
)
def test_a_font_of_its_own_may_draw_anything(tmp_path: Path, font: dict[str, Any]) -> None:
    signed = sign(form(), signer())
    assert look(tmp_path, filled(signed, "200", "200", font=font)).conclusion is OPEN


def test_a_viewer_that_is_to_draw_anew(tmp_path: Path) -> None:
    assert look(tmp_path, filled(sign(form(), signer()), needs=True)).conclusion is INTACT
    shadow = sign(form("9999 Euro", shows="100 Euro"), signer())
    assert look(tmp_path, filled(shadow, needs=True)).conclusion is not INTACT


def form_entry(key: str, value: Any, *, needs: bool) -> Change:
    """Something else in the form itself."""

    def change(writer: IncrementalPdfFileWriter) -> None:
        changed = writer.root["/AcroForm"]
        changed[pdf_name(key)] = value
        if needs:
            changed[pdf_name("/NeedAppearances")] = YES
        writer.mark_update(writer.root_ref)

    return change


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("/DA", text("/F1 10 Tf 1 g")),
        ("/DR", dictionary({"/Font": dictionary({"/F1": dictionary({"/A": number(2)})})})),
    ],
)
def test_letters_that_a_viewer_is_to_draw_otherwise(tmp_path: Path, key: str, value: Any) -> None:
    plain = updated(form(), drop_letters)
    fonts = dictionary({"/Font": dictionary({"/F1": dictionary({"/A": number(1)})})})
    signed = sign(updated(plain, form_entry("/DR", fonts, needs=False)), signer())
    changed = updated(signed, form_entry(key, value, needs=True))
    assert look(tmp_path, changed).conclusion is OPEN
    more = dictionary({"/Font": dictionary({"/F1": fonts["/Font"]["/F1"], "/F2": fonts})})
    added = updated(signed, form_entry("/DR", more, needs=False))
    assert look(tmp_path, added).conclusion is INTACT


def drop_letters(writer: IncrementalPdfFileWriter) -> None:
    """The field takes its letters from the form."""
    field = writer.root["/AcroForm"]["/Fields"][0]
    del field["/DA"]
    writer.update_container(field)


@pytest.mark.parametrize(
    ("shows", "conclusion"), [("1.234,50 EUR", INTACT), ("1,234.50", INTACT), ("9.999,00", OPEN)]
)
def test_a_number_that_a_viewer_writes_out(
    tmp_path: Path, shows: str, conclusion: Conclusion
) -> None:
    signed = sign(form("", AA=FORMATTED), signer())
    assert look(tmp_path, filled(signed, "1234.5", shows)).conclusion is conclusion


def test_a_password_shows_as_stars(tmp_path: Path) -> None:
    signed = sign(form("", Ff=number(PASSWORD)), signer())
    assert look(tmp_path, filled(signed, "geheim", "******")).conclusion is INTACT
    unveiled = filled(sign(form("x"), signer()), "geheim", "******", Ff=number(PASSWORD))
    assert look(tmp_path, unveiled).conclusion is not INTACT


def box(**also: Any) -> bytes:
    """A check box, not ticked."""

    def change(writer: IncrementalPdfFileWriter) -> None:
        states = dictionary(
            {
                "/Ja": writer.add_object(generic.StreamObject(stream_data=b"0 0 5 5 re f")),
                "/Off": writer.add_object(generic.StreamObject(stream_data=b"q Q")),
            }
        )
        entries = {
            "/Subtype": pdf_name("/Widget"),
            "/FT": pdf_name("/Btn"),
            "/T": text("Ja"),
            "/F": number(4),
            "/V": pdf_name("/Off"),
            "/AS": pdf_name("/Off"),
            "/Rect": numbers(*RECT),
            "/AP": dictionary({"/N": states}),
        }
        field = on_page(writer, entries | {f"/{key}": item for key, item in also.items()})
        writer.root[pdf_name("/AcroForm")] = dictionary({"/Fields": generic.ArrayObject([field])})
        writer.mark_update(writer.root_ref)

    return updated(pdf(1), change)


def test_a_box_is_ticked_in_value_and_look(tmp_path: Path) -> None:
    signed = sign(box(), signer())
    yes = pdf_name("/Ja")
    assert look(tmp_path, filled(signed, V=yes, AS=yes)).conclusion is INTACT
    assert look(tmp_path, filled(signed, AS=yes)).conclusion is CHANGED
    assert look(tmp_path, filled(signed, V=yes)).conclusion is CHANGED
    assert look(tmp_path, filled(signed, V=yes, AS=yes, shows="Nein")).conclusion is not INTACT


def test_a_choice_shows_its_own_words(tmp_path: Path) -> None:
    options = generic.ArrayObject(
        [
            generic.ArrayObject([text("j"), text("Ja")]),
            generic.ArrayObject([text("n"), text("Nein")]),
        ]
    )
    made = form("j", shows="Ja", FT=pdf_name("/Ch"), Ff=number(1 << 17), Opt=options)
    signed = sign(made, signer())
    assert look(tmp_path, filled(signed, "n", "Nein")).conclusion is INTACT
    assert look(tmp_path, filled(signed, "n", "Ja")).conclusion is CHANGED
