"""Fields, stamps and markup that a viewer shows, or does not show."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pikepdf import Array, Dictionary, Name, Object, Pdf, String

from tests.fresh_look import pdfs
from tests.fresh_look.model import Case, Expected, Shows, case

CASES: list[Case] = []
KIND = "annotations and forms"
TICK = b"0 0 .6 rg 2 2 16 16 re f 1 g 6 6 8 8 re f"
EMPTY = b"0 0 .6 RG 1 w 2 2 16 16 re S"


def _form(pdf: Pdf, *fields: Object, **entries: Any) -> None:
    pdf.Root.AcroForm = Dictionary(
        Fields=Array(list(fields)),
        DR=pdfs.resources(pdf),
        DA=String("/F1 12 Tf 0 g"),
        **entries,
    )


@case(CASES, KIND, ".pdf", Expected(words=("Petersilie", "Quitte")))
def field_with_empty_drawing(path: Path) -> None:
    """A filled field whose appearance is an empty placeholder; NeedAppearances is set.

    Source: https://github.com/gettalong/hexapdf/issues/304 (values lost on flattening). Expected: the
    value is seen and found, or a finding that blocks says that it is missing.
    """
    pdf = Pdf.new()
    page = pdfs.add_page(pdf, pdfs.MARKS + pdfs.letter("Petersilie"))
    drawn = pdfs.form(pdf, b"/Tx BMC EMC", (0, 0, 200, 22))
    field = pdfs.annotation(
        pdf, page, Subtype=Name.Widget, FT=Name.Tx, T=String("Name"), V=String("Quitte"),
        Rect=[50, 300, 250, 322], DA=String("/F1 12 Tf 0 g"), AP=Dictionary(N=drawn),
    )  # fmt: skip
    _form(pdf, field, NeedAppearances=True)
    pdfs.save(pdf, path)


@case(CASES, KIND, ".pdf", Expected(words=("Rosmarin",)))
def box_ticked_without_state(path: Path) -> None:
    """A check box with the value /Ja and no /AS, beside one that is off.

    Source: https://github.com/gettalong/hexapdf/issues/208. Expected: as the viewers show it.
    """
    pdf = Pdf.new()
    page = pdfs.add_page(pdf, pdfs.MARKS + pdfs.letter("Rosmarin"))
    on, off = (pdfs.form(pdf, content, (0, 0, 20, 20)) for content in (TICK, EMPTY))
    states = Dictionary(N=Dictionary(Ja=on, Off=off))
    common = {"Subtype": Name.Widget, "FT": Name.Btn, "AP": states}
    ticked = pdfs.annotation(pdf, page, T=String("a"), V=Name.Ja, Rect=[50, 300, 70, 320], **common)
    plain = pdfs.annotation(
        pdf, page, T=String("b"), V=Name.Off, AS=Name.Off, Rect=[90, 300, 110, 320], **common
    )
    _form(pdf, ticked, plain)
    pdfs.save(pdf, path)


@case(CASES, KIND, ".pdf", Expected(words=("Salbei",), shows=Shows.POPPLER))
def box_drawn_by_one_stream(path: Path) -> None:
    """A ticked box whose /AP /N is one stream instead of states, with /AS /N.

    Source: https://github.com/gettalong/hexapdf/issues/296. Expected: the tick stays.
    """
    pdf = Pdf.new()
    page = pdfs.add_page(pdf, pdfs.MARKS + pdfs.letter("Salbei"))
    field = pdfs.annotation(
        pdf, page, Subtype=Name.Widget, FT=Name.Btn, T=String("a"), V=Name.Yes, AS=Name.N,
        Rect=[50, 300, 80, 330], AP=Dictionary(N=pdfs.form(pdf, TICK, (0, 0, 20, 20))),
    )  # fmt: skip
    _form(pdf, field)
    pdfs.save(pdf, path)


@case(CASES, KIND, ".pdf", Expected(words=("Thymian", "Ulme"), size=(595, 420)))
def field_on_turned_page(path: Path) -> None:
    """Page with Rotate 90; the field's appearance is turned by its Matrix (MK R 90).

    Source: https://github.com/gettalong/hexapdf/issues/219. Expected: value upright at its place.
    """
    pdf = Pdf.new()
    page = pdfs.add_page(pdf, pdfs.MARKS + pdfs.letter("Thymian"))
    page.Rotate = 90
    drawn = pdfs.form(
        pdf, pdfs.text(["Ulme"], 4, 6), (0, 0, 150, 22), Matrix=Array([0, 1, -1, 0, 22, 0])
    )
    field = pdfs.annotation(
        pdf, page, Subtype=Name.Widget, FT=Name.Tx, T=String("a"), V=String("Ulme"),
        Rect=[300, 100, 322, 250], MK=Dictionary(R=90), AP=Dictionary(N=drawn),
        DA=String("/F1 12 Tf 0 g"),
    )  # fmt: skip
    _form(pdf, field)
    pdfs.save(pdf, path)


@case(CASES, KIND, ".pdf", Expected(words=("Veilchen", "Wacholder")))
def drawing_without_subtype(path: Path) -> None:
    """A stamp whose appearance stream has neither /Type nor /Subtype nor /Resources of a form.

    Source: https://github.com/documenso/documenso/pull/2328. Expected: the stamp is on the copy.
    """
    pdf = Pdf.new()
    page = pdfs.add_page(pdf, pdfs.MARKS + pdfs.letter("Veilchen"))
    made = pdfs.stamp(pdf, page, "Wacholder", (220, 200, 360, 240))
    for key in ("/Type", "/Subtype"):
        del made.AP.N[key]
    pdfs.save(pdf, path)


@case(CASES, KIND, ".pdf", Expected(words=("Zypresse", "Amsel"), size=(595, 420)))
def stamp_that_does_not_turn(path: Path) -> None:
    """A stamp with the flag NoRotate on a page with Rotate 90.

    Source: https://github.com/embedpdf/embed-pdf-viewer/issues/443. Expected: as a viewer shows it.
    """
    pdf = Pdf.new()
    page = pdfs.add_page(pdf, pdfs.MARKS + pdfs.letter("Zypresse"))
    page.Rotate = 90
    pdfs.stamp(pdf, page, "Amsel", (200, 200, 300, 240), F=4 | 16)
    pdfs.save(pdf, path)


@case(CASES, KIND, ".pdf", Expected(words=("Bussard",)))
def shapes_without_drawing(path: Path) -> None:
    """Square, circle, underline, strike-out and squiggly line without appearance streams.

    Source: https://github.com/yfedoseev/pdf_oxide/issues/1509 (pdfium and poppler draw them).
    Expected: on the copy, or told by a finding that blocks.
    """
    pdf = Pdf.new()
    page = pdfs.add_page(pdf, pdfs.MARKS + pdfs.letter("Bussard"))
    for number, kind in enumerate((Name.Square, Name.Circle)):
        left = 60 + 120 * number
        pdfs.annotation(
            pdf, page, Subtype=kind, Rect=[left, 220, left + 90, 280], C=[1, 0, 0], IC=[1, 1, 0],
            BS=Dictionary(W=3),
        )  # fmt: skip
    for number, kind in enumerate((Name.Underline, Name.StrikeOut, Name.Squiggly)):
        low = 497 - 21.6 * number
        pdfs.annotation(
            pdf, page, Subtype=kind, Rect=[50, low, 240, low + 14], C=[1, 0, 0],
            QuadPoints=[50, low + 14, 240, low + 14, 50, low, 240, low],
        )  # fmt: skip
    pdfs.save(pdf, path)


@case(CASES, KIND, ".pdf", Expected(words=("Dohle", "Elster"), shows=Shows.POPPLER))
def field_outside_the_form(path: Path) -> None:
    """A filled field that no /AcroForm lists, as merging leaves it.

    Source: https://github.com/Stirling-Tools/Stirling-PDF/issues/299. Expected: the value stays.
    """
    pdf = Pdf.new()
    page = pdfs.add_page(pdf, pdfs.MARKS + pdfs.letter("Dohle"))
    drawn = pdfs.form(pdf, pdfs.text(["Elster"], 4, 6), (0, 0, 150, 22))
    pdfs.annotation(
        pdf, page, Subtype=Name.Widget, FT=Name.Tx, T=String("a"), V=String("Elster"),
        Rect=[50, 300, 200, 322], AP=Dictionary(N=drawn),
    )  # fmt: skip
    pdfs.save(pdf, path)


@case(CASES, KIND, ".pdf", Expected(words=("Falke",), absent=("Gimpel", "Habicht")))
def stamps_that_are_hidden(path: Path) -> None:
    """Two stamps with the flags Hidden and NoView beside one that is seen.

    Source: https://github.com/mozilla/pdf.js/pull/16029. Expected: neither is drawn nor found.
    """
    pdf = Pdf.new()
    page = pdfs.add_page(pdf, pdfs.MARKS + pdfs.letter("Kamin"))
    pdfs.stamp(pdf, page, "Falke", (220, 300, 360, 340))
    pdfs.stamp(pdf, page, "Gimpel", (220, 250, 360, 290), F=2 | 4)
    pdfs.stamp(pdf, page, "Habicht", (220, 200, 360, 240), F=4 | 32)
    pdfs.save(pdf, path)


@case(CASES, KIND, ".pdf", Expected(words=("Iltis",), absent=("Kranich",), shows=Shows.POPPLER))
def stamp_in_layer_that_is_off(path: Path) -> None:
    """A stamp that belongs to a layer which is off.

    Source: https://github.com/4thel00z/pdfboss/pull/65. Expected: neither drawn nor found.
    """
    pdf = Pdf.new()
    page = pdfs.add_page(pdf, pdfs.MARKS + pdfs.letter("Iltis"))
    pdfs.stamp(pdf, page, "Kranich", (220, 200, 360, 240), OC=pdfs.layer(pdf, "Aus", on=False))
    pdfs.save(pdf, path)


@case(CASES, KIND, ".pdf", Expected(words=("Lerche",)))
def signature_drawn_by_hand(path: Path) -> None:
    """Ink with an appearance that multiplies and is half clear, over the text; flags 0.

    Source: https://github.com/paperless-ngx/paperless-ngx/issues/1089. Expected: ink and text.
    """
    pdf = Pdf.new()
    page = pdfs.add_page(pdf, pdfs.MARKS + pdfs.letter("Lerche"))
    state = Dictionary(BM=Name.Multiply, CA=0.6, ca=0.6)
    content = b"/G gs 0 0 .8 RG 5 w 1 J 5 10 m 60 110 90 -60 195 90 c S"
    drawn = pdfs.form(
        pdf, content, (0, 0, 200, 100), Resources=Dictionary(ExtGState=Dictionary(G=state))
    )
    pdfs.annotation(
        pdf, page, Subtype=Name.Ink, Rect=[50, 400, 250, 500], F=0, C=[0, 0, 0.8],
        InkList=Array([Array([55, 410, 110, 510, 245, 490])]), AP=Dictionary(N=drawn),
    )  # fmt: skip
    pdfs.save(pdf, path)
