"""What a viewer shows on screen stands on the page; what cannot is told, and what is said is found."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pikepdf import Array, Dictionary, Name, Pdf, String

from ocr.findings import Severity
from ocr.pdf.opening import open_pdf
from ocr.pdf.shown_pdf import show
from ocr.pdfa.writing import Task, overlay
from ocr.preflight.incoming import Limits
from ocr.preflight.inspection import inspect
from ocr.recognition.page_reading import read_page
from ocr.scan_profile import ScanProfile
from tests.unit.ocr.conftest import recognition
from tests.unit.ocr.pdfs import annotation, drawn, form, ink, lines, page

LIMITS = Limits()
PROFILE = ScanProfile(languages=("deu",))
RECT = [100.0, 400.0, 300.0, 440.0]
PRINT, HIDDEN, NO_VIEW, INVISIBLE = 4, 2, 32, 1


def with_notes(path: Path, make: Any, **catalogue: Any) -> Path:
    """A page of text with what ``make`` gives as its annotations."""
    pdf = Pdf.new()
    sheet = page(pdf, lines("Seite mit Anmerkungen"))
    notes = make(pdf)
    sheet["/Annots"] = Array(notes)
    fields = [note for note in notes if note.get("/Subtype") == Name.Widget]
    if fields:
        pdf.Root.AcroForm = Dictionary(Fields=Array(fields), **catalogue)
    pdf.save(path)
    return path


def text_of(path: Path) -> str:
    return str(show(path).document[0].get_textpage().get_text_bounded())


def codes(path: Path) -> dict[str, Any]:
    return {found.code: found for found in inspect(path, LIMITS).findings}


def stamp(pdf: Pdf, **more: Any) -> Any:
    look = form(pdf, lines("Eingegangen", x=5, y=10), [0, 0, 200, 40])
    return annotation(pdf, "Stamp", RECT, AP=Dictionary(N=look), **more)


@pytest.mark.parametrize(
    ("flags", "shown"),
    [
        (None, True),
        (0, True),
        (PRINT, True),
        (INVISIBLE, True),
        (HIDDEN, False),
        (HIDDEN | PRINT, False),
        (NO_VIEW, False),
        (NO_VIEW | PRINT, False),
        (256, True),
    ],
)
def test_flags_decide_as_on_screen(tmp_path: Path, flags: int | None, shown: bool) -> None:
    more = {} if flags is None else {"F": flags}
    path = with_notes(tmp_path / "in.pdf", lambda pdf: [stamp(pdf, **more)])
    assert ("Eingegangen" in text_of(path)) is shown
    assert ("pdf.print_only" in codes(path)) is (flags == NO_VIEW | PRINT)


MARKUP: dict[str, dict[str, Any]] = {
    "FreeText": {"Contents": String("Randvermerk"), "DA": String("/Helv 12 Tf 1 0 0 rg")},
    "Highlight": {"QuadPoints": Array([100, 440, 300, 440, 100, 400, 300, 400])},
    "Underline": {"QuadPoints": Array([100, 440, 300, 440, 100, 400, 300, 400])},
    "StrikeOut": {},
    "Squiggly": {},
    "Ink": {"InkList": Array([Array([110, 410, 200, 430, 290, 405])])},
    "Line": {"L": Array([100, 420, 300, 420]), "LE": Array([Name.OpenArrow, Name("/None")])},
    "Square": {},
    "Circle": {},
    "Polygon": {"Vertices": Array([100, 400, 200, 440, 300, 400])},
    "PolyLine": {"Vertices": Array([100, 400, 200, 440, 300, 400])},
    "Stamp": {"Name": Name.Approved},
    "Text": {"Contents": String("Bitte prüfen")},
    "Caret": {},
    "FileAttachment": {},
    "Redact": {},
}


@pytest.mark.parametrize("kind", MARKUP)
def test_markup_without_an_appearance_is_drawn(tmp_path: Path, kind: str) -> None:
    more = {"C": Array([1, 0, 0])} if kind < "P" else {}
    path = with_notes(
        tmp_path / "in.pdf", lambda pdf: [annotation(pdf, kind, RECT, **more, **MARKUP[kind])]
    )
    darkest = min(drawn(path).convert("L").crop((90, 842 - 450, 310, 842 - 390)).tobytes())
    assert darkest < 230
    assert "pdf.annotation_not_drawn" not in codes(path)


def test_a_highlight_leaves_its_text_readable(tmp_path: Path) -> None:
    quad = Array([60, 775, 300, 775, 60, 755, 300, 755])
    path = with_notes(
        tmp_path / "in.pdf",
        lambda pdf: [annotation(pdf, "Highlight", [60, 755, 300, 775], QuadPoints=quad)],
    )
    shown = drawn(path)
    assert min(shown.crop((60, 65, 300, 90)).convert("L").tobytes()) < 80
    assert shown.getpixel((295, 842 - 765)) != (255, 255, 255)


def test_what_nobody_can_draw_is_told_with_page_and_kind(tmp_path: Path) -> None:
    path = with_notes(
        tmp_path / "in.pdf",
        lambda pdf: [annotation(pdf, "Watermark", RECT, Contents=String("Wasserzeichen"))],
    )
    found = codes(path)["pdf.annotation_not_drawn"]
    assert found.severity is Severity.BLOCKS_DESTRUCTION
    assert found.page == 1 and "Watermark" in found.text and "Wasserzeichen" in found.text


@pytest.mark.parametrize("rect", [None, Array([String("a"), 1, 2]), Array([1, 2, 3]), String("x")])
def test_an_appearance_without_a_place_is_told(tmp_path: Path, rect: Any) -> None:
    def make(pdf: Pdf) -> list[Any]:
        note = stamp(pdf)
        if rect is None:
            del note["/Rect"]
        else:
            note["/Rect"] = rect
        return [note]

    assert "pdf.annotation_not_drawn" in codes(with_notes(tmp_path / "in.pdf", make))


def test_a_comment_is_found_and_told(tmp_path: Path) -> None:
    path = with_notes(
        tmp_path / "in.pdf",
        lambda pdf: [
            annotation(pdf, "Text", [500, 700, 520, 720], Contents=String("Nachfrage an Bauamt")),
            annotation(pdf, "Popup", [300, 600, 500, 700]),
        ],
    )
    read = read_page(path, 1, 0, PROFILE)
    assert "Nachfrage an Bauamt" in read.text and "Seite mit Anmerkungen" in read.text
    assert codes(path)["pdf.comment"].severity is Severity.INFO
    copy = tmp_path / "copy.pdf"
    overlay(task(path, copy, read))
    assert "Nachfrage an Bauamt" in " ".join(text_of(copy).split())


def test_an_open_redaction_is_told(tmp_path: Path) -> None:
    path = with_notes(tmp_path / "in.pdf", lambda pdf: [annotation(pdf, "Redact", RECT)])
    assert codes(path)["pdf.redaction_open"].severity is Severity.WARNING


def task(source: Path, out: Path, *pages: Any) -> Task:
    return Task(
        source=source,
        out=out,
        recognition=recognition(*pages),
        flavour="3b",
        title=None,
        pages=None,
        keep_attachments=True,
    )


def widget(pdf: Pdf, kind: str, **more: Any) -> Any:
    return annotation(pdf, "Widget", RECT, FT=Name("/" + kind), T=String("feld"), **more)


@pytest.mark.parametrize("regenerate", [True, None])
@pytest.mark.parametrize(
    ("kind", "more", "said"),
    [
        ("Tx", {"V": String("Müller-Lüdenscheidt, Größe 1 €")}, "Müller-Lüdenscheidt, Größe 1 €"),
        ("Tx", {"V": String("erste\nzweite"), "Ff": 1 << 12}, "zweite"),
        (
            "Ch",
            {"V": String("b"), "Opt": Array([Array([String("b"), String("Bauamt")])])},
            "Bauamt",
        ),
        ("Ch", {"V": Array([String("Ost"), String("West")])}, "Ost, West"),
        (
            "Ch",
            {
                "V": Array([String("1"), String("3")]),
                "Opt": Array(
                    [Array([String(str(n)), String(name)]) for n, name in enumerate("xABC")]
                ),
            },
            "A, C",
        ),
    ],
)
def test_a_field_without_appearance_shows_its_value(
    tmp_path: Path, kind: str, more: dict[str, Any], said: str, regenerate: bool | None
) -> None:
    form = {} if regenerate is None else {"NeedAppearances": regenerate}
    path = with_notes(tmp_path / "in.pdf", lambda pdf: [widget(pdf, kind, **more)], **form)
    assert said in text_of(path)
    assert ink(drawn(path), (100, 400, 300, 440))


def test_a_value_stands_on_the_parent_of_its_field(tmp_path: Path) -> None:
    def make(pdf: Pdf) -> list[Any]:
        parent = pdf.make_indirect(
            Dictionary(FT=Name.Tx, T=String("oben"), V=String("Vom Vater"), DA=String("/F 10 Tf"))
        )
        return [annotation(pdf, "Widget", RECT, Parent=parent)]

    assert "Vom Vater" in text_of(with_notes(tmp_path / "in.pdf", make))


def test_a_stale_appearance_gives_way_where_the_form_says_so(tmp_path: Path) -> None:
    def make(pdf: Pdf) -> list[Any]:
        old = form(pdf, lines("veraltet", x=5, y=10), [0, 0, 200, 40])
        return [widget(pdf, "Tx", V=String("gültig"), AP=Dictionary(N=old))]

    stale = with_notes(tmp_path / "a.pdf", make, NeedAppearances=True)
    kept = with_notes(tmp_path / "b.pdf", make)
    assert "gültig" in text_of(stale) and "veraltet" not in text_of(stale)
    assert "veraltet" in text_of(kept)


LONG = " ".join(f"Wort{number}" for number in range(70))


@pytest.mark.parametrize("lines_allowed", [0, 1 << 12])
def test_what_does_not_fit_its_box_is_told(tmp_path: Path, lines_allowed: int) -> None:
    box: list[float] = [100, 400, 200, 410]
    path = with_notes(
        tmp_path / "in.pdf",
        lambda pdf: [annotation(pdf, "Widget", box, FT=Name.Tx, V=String(LONG), Ff=lines_allowed)],
    )
    assert "pdf.annotation_not_drawn" in codes(path)


def shown_as(pdf: Pdf, said: str, font: str = "/Helvetica") -> Any:
    look = form(pdf, b"/Tx BMC " + lines(said, x=5, y=10) + b" EMC", [0, 0, 200, 40])
    look.Resources.Font.F1.BaseFont = Name(font)
    return Dictionary(N=look)


@pytest.mark.parametrize(
    ("said", "value", "differs"),
    [
        ("Anfang des Textes", "Anfang des Textes und Schlusswort", True),
        ("", "Schlusswort", True),
        ("alter Wert", "Schlusswort", True),
        ("Schluss wort", "Schlusswort", False),
        ("- Schlusswort -", "Schlusswort", False),
        ("1.234,50 EUR", "1234.5", False),
        ("", "1234.5", True),
        ("anything", "ßüö", False),
    ],
)
def test_a_value_that_its_field_does_not_show_is_found_and_told(
    tmp_path: Path, said: str, value: str, differs: bool
) -> None:
    path = with_notes(
        tmp_path / "in.pdf",
        lambda pdf: [widget(pdf, "Tx", V=String(value), AP=shown_as(pdf, said))],
    )
    assert ("pdf.field_value" in codes(path)) is differs
    if differs:
        assert value in read_page(path, 1, 0, PROFILE).text


def own_codes(pdf: Pdf) -> Any:
    looks = shown_as(pdf, "abc", "/ABCDEF+Arial")
    looks.N.Resources.Font.F1.Encoding = Dictionary(Differences=Array([97, Name.S, Name.c]))
    return looks


def test_letters_of_a_cut_down_font_with_a_usual_encoding_are_judged(tmp_path: Path) -> None:
    def make(pdf: Pdf) -> list[Any]:
        looks = shown_as(pdf, "Anfang", "/ABCDEF+Arial")
        looks.N.Resources.Font.F1.Encoding = Name.WinAnsiEncoding
        return [widget(pdf, "Tx", V=String("Anfang und Ende"), AP=looks)]

    assert "pdf.field_value" in codes(with_notes(tmp_path / "in.pdf", make))


def test_letters_of_a_cut_down_font_say_nothing_of_a_value(tmp_path: Path) -> None:
    path = with_notes(
        tmp_path / "in.pdf",
        lambda pdf: [widget(pdf, "Tx", V=String("Schlusswort"), AP=own_codes(pdf))],
    )
    assert "pdf.field_value" not in codes(path)


def test_what_cannot_be_drawn_is_found_all_the_same(tmp_path: Path) -> None:
    path = with_notes(
        tmp_path / "in.pdf",
        lambda pdf: [annotation(pdf, "Watermark", RECT, Contents=String("Wasserzeichen"))],
    )
    assert "Wasserzeichen" in read_page(path, 1, 0, PROFILE).text


@pytest.mark.parametrize(
    ("kind", "turn"),
    [*(("FreeText", turn) for turn in (0, 90, 180, 270)), ("Widget", -90), ("Widget", 450)],
)
def test_turned_text_runs_along_its_box(tmp_path: Path, kind: str, turn: int) -> None:
    upright = turn % 180 == 0
    rect: list[float] = [100, 400, 300, 418] if upright else [100, 400, 118, 600]
    more: dict[str, Any] = {"Contents": String("Freitextwort"), "Rotate": turn}
    if kind == "Widget":
        more = {
            "FT": Name.Tx, "T": String("f"), "V": String("Freitextwort"), "MK": Dictionary(R=turn)
        }  # fmt: skip
    path = with_notes(tmp_path / "in.pdf", lambda pdf: [annotation(pdf, kind, rect, **more)])
    assert "Freitextwort" in text_of(path)
    assert "pdf.annotation_not_drawn" not in codes(path)
    assert ink(drawn(path), (rect[0], rect[1], rect[2], rect[3])) > 100


def test_words_that_stand_in_rich_text_alone_are_shown(tmp_path: Path) -> None:
    rich = String(
        '<?xml version="1.0"?><body xmlns="http://www.w3.org/1999/xhtml"><p>Größe &lt;'
        "<b>fünf</b></p><p>zweite Zeile</p></body>"
    )
    path = with_notes(tmp_path / "in.pdf", lambda pdf: [annotation(pdf, "FreeText", RECT, RC=rich)])
    assert "Größe <fünf" in text_of(path) and "zweite Zeile" in text_of(path)


@pytest.mark.parametrize("kind", ["Stamp", "Square"])
@pytest.mark.parametrize("state", [{"AS": Name.S1}, {}])
def test_an_appearance_among_states_is_drawn(
    tmp_path: Path, kind: str, state: dict[str, Any]
) -> None:
    def make(pdf: Pdf) -> list[Any]:
        look = form(pdf, b"0 0 200 40 re f", [0, 0, 200, 40])
        return [annotation(pdf, kind, RECT, AP=Dictionary(N=Dictionary(S1=look)), **state)]

    assert ink(drawn(with_notes(tmp_path / "in.pdf", make)), (100, 400, 300, 440)) > 1000


def test_a_password_stays_hidden(tmp_path: Path) -> None:
    path = with_notes(
        tmp_path / "in.pdf", lambda pdf: [widget(pdf, "Tx", V=String("geheim"), Ff=1 << 13)]
    )
    assert "geheim" not in text_of(path)


def test_letters_that_no_font_has_are_told(tmp_path: Path) -> None:
    path = with_notes(tmp_path / "in.pdf", lambda pdf: [widget(pdf, "Tx", V=String("名前"))])
    assert "pdf.annotation_not_drawn" in codes(path)


@pytest.mark.parametrize("state", [{"AS": Name.Ja}, {"V": Name.Ja}])
def test_a_tick_is_on_the_page(tmp_path: Path, state: dict[str, Any]) -> None:
    def make(pdf: Pdf) -> list[Any]:
        on = form(pdf, b"0 0 200 40 re f", [0, 0, 200, 40])
        off = form(pdf, b"", [0, 0, 200, 40])
        return [widget(pdf, "Btn", AP=Dictionary(N=Dictionary(Ja=on, Off=off)), **state)]

    assert ink(drawn(with_notes(tmp_path / "in.pdf", make)), (100, 400, 300, 440)) > 1000


def test_a_tick_without_appearance_is_a_cross(tmp_path: Path) -> None:
    path = with_notes(tmp_path / "in.pdf", lambda pdf: [widget(pdf, "Btn", AS=Name.Ja)])
    assert ink(drawn(path), (100, 400, 300, 440)) > 50


def test_an_appearance_behind_unbalanced_content_lies_where_it_belongs(tmp_path: Path) -> None:
    pdf = Pdf.new()
    sheet = page(pdf, b"q 0.1 0 0 0.1 0 0 cm q\n")
    sheet["/Annots"] = Array([stamp(pdf)])
    pdf.save(tmp_path / "in.pdf")
    assert ink(drawn(tmp_path / "in.pdf"), (100, 400, 300, 440))


@pytest.mark.parametrize("turn", [0, 270])
def test_the_copy_shows_values_stamps_and_comments_as_they_were_read(
    tmp_path: Path, turn: int
) -> None:
    pdf = Pdf.new()
    sheet = page(pdf, lines("Seite mit allem"))
    field = widget(pdf, "Tx", V=String("Feldinhalt"))
    line = annotation(pdf, "Line", [0, 0, 9, 9], L=Array([50, 300, 500, 300]))
    sheet["/Annots"] = Array([stamp(pdf), field, line, annotation(pdf, "Link", [9, 9, 20, 20])])
    sheet["/Rotate"] = turn
    pdf.Root.AcroForm = Dictionary(Fields=Array([field]))
    path, copy = tmp_path / "in.pdf", tmp_path / "copy.pdf"
    pdf.save(path)
    steps = overlay(task(path, copy, read_page(path, 1, 0, PROFILE)))
    assert "Formular eingeebnet" in steps
    assert drawn(copy).tobytes() == drawn(path).tobytes()
    assert {"Feldinhalt", "Eingegangen"} <= set(text_of(copy).split())
    with open_pdf(copy) as made:
        assert [str(note.Subtype) for note in made.pages[0].obj.Annots] == ["/Link"]


def test_an_appearance_without_a_box_is_none(tmp_path: Path) -> None:
    """ISO 32000-1, table 95: /BBox is required; viewers show nothing without it."""

    def make(pdf: Pdf) -> list[Any]:
        look = pdf.make_stream(b"0 0 9 9 re f", Type=Name.XObject, Subtype=Name.Form)
        words = {"Contents": String("Randvermerk"), "AP": Dictionary(N=look)}
        return [annotation(pdf, "FreeText", RECT, **words)]

    assert "Randvermerk" in text_of(with_notes(tmp_path / "in.pdf", make))
