"""Pages in fonts that their file does not bring stay text, comply, and look as before."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pikepdf
import pypdfium2 as pdfium
import pytest
from fpdf import FPDF
from fpdf.fonts import CORE_FONTS_CHARWIDTHS
from hypothesis import given
from hypothesis import strategies as st
from pikepdf import Array, Dictionary, Name

from ocr.compare.differences import Picture
from ocr.compare.drawers import NotDrawn, Pdfium, Poppler
from ocr.compare.fonts import standard_fonts
from ocr.compare.orders import Made, Order, Pair, Result
from ocr.compare.pages import compare_pages
from ocr.pdf.standard_fonts import (
    DINGBATS,
    ENCODINGS,
    FACES,
    NAMES,
    NOTHING,
    OWN_CODES,
    SYMBOL,
    embed_standard_fonts,
    glyphs,
    measures,
    programs,
    standard_name,
)
from ocr.pdfa.pdfa import PdfaWriter, Preserved
from ocr.recognition.recogniser import Recogniser
from ocr.scan_profile import ScanProfile
from tests.unit.ocr.conftest import page_text, recognition
from tests.unit.ocr.pdfs import A4, annotation, form, lines

LETTER = lines("Landratsamt Musterkreis", "§ 35 Abs. 2 BauGB: Gebühr 1.234,50 €", "Größe ½ m²")


def font(name: str, kind: str = "Type1", encoding: Any = Name.WinAnsiEncoding, **more: Any) -> Any:
    found = Dictionary(Type=Name.Font, Subtype=Name("/" + kind), BaseFont=Name("/" + name), **more)
    if encoding is not None:
        found.Encoding = encoding
    return found


def with_fonts(path: Path, fonts: list[Any], content: bytes = LETTER) -> Path:
    """A page for each font, which stands in the page's resources as /F1."""
    with pikepdf.new() as pdf:
        for one in fonts:
            page = pdf.add_blank_page(page_size=A4)
            page.obj.Resources = Dictionary(Font=Dictionary(F1=one))
            page.obj.Contents = pdf.make_stream(content)
        pdf.save(path)
    return path


def preserved(source: Path, out: Path, writer: PdfaWriter, pages: int = 1) -> Preserved:
    read = recognition(*(page_text([], source="text", number=n) for n in range(1, pages + 1)))
    return writer.write(source, read, out, profile=ScanProfile(), title=None, subject=source.name)


def embedded(source: Path, out: Path) -> list[str]:
    with pikepdf.open(source) as pdf:
        steps = embed_standard_fonts(pdf)
        pdf.save(out)
    return steps


def shown(path: Path, number: int = 1, dpi: float = 100) -> Picture:
    [found] = Pdfium(path).draw(range(number, number + 1), dpi)
    assert not isinstance(found, NotDrawn)
    return found


def stays_text(said: Preserved, pages: int = 1) -> None:
    assert (said.verdict, said.report["way"], said.report["attempts"]) == (
        "compliant",
        "overlay",
        [],
    )
    assert said.comparison.is_alike and not said.findings
    assert said.comparison.summary()["by_all_drawers"] == pages


# ------------------------------------------------------------------ copies


def test_letters_in_standard_fonts_keep_their_text_and_comply(
    writer: PdfaWriter, tmp_path: Path
) -> None:
    names = [name for name in NAMES if name not in (SYMBOL, DINGBATS)]
    source = with_fonts(tmp_path / "a.pdf", [font(name) for name in names])
    said = preserved(source, tmp_path / "out.pdf", writer, len(names))
    stays_text(said, len(names))
    assert any("Standardschriften eingebettet" in step for step in said.steps)
    for page in pdfium.PdfDocument(tmp_path / "out.pdf"):
        assert "§ 35 Abs. 2 BauGB: Gebühr 1.234,50 €" in page.get_textpage().get_text_range()


def test_other_vendors_names_and_other_encodings_likewise(
    writer: PdfaWriter, tmp_path: Path
) -> None:
    differences = Dictionary(Differences=Array([65, Name.Adieresis, Name.germandbls]))
    fonts = [
        font("ArialMT", "TrueType"),
        font("Arial,Bold", "TrueType"),
        font("TimesNewRomanPS-ItalicMT", "TrueType"),
        font("CourierNew", "TrueType", Name.MacRomanEncoding),
        font("Helvetica", encoding=None),
        font("Helvetica", encoding=differences),
        font("Times-Bold", encoding=Name.StandardEncoding),
        font("Symbol", encoding=None),
        font("ZapfDingbats", encoding=None),
    ]
    source = with_fonts(tmp_path / "a.pdf", fonts, lines("ABC abc 123 4 n l"))
    stays_text(preserved(source, tmp_path / "out.pdf", writer, len(fonts)), len(fonts))


ENCODED: dict[str, tuple[Any, str]] = {
    "MacRoman": (Name.MacRomanEncoding, "mac_roman"),
    "WinAnsi": (Name.WinAnsiEncoding, "cp1252"),
    "Standard": (Name.StandardEncoding, "ascii"),
    "none": (None, "ascii"),
    "MacRoman as dictionary": (Dictionary(BaseEncoding=Name.MacRomanEncoding), "mac_roman"),
    "MacRoman with differences": (
        Dictionary(
            BaseEncoding=Name.MacRomanEncoding,
            Differences=Array([64, Name.section, Name.Adieresis]),
        ),
        "mac_roman",
    ),
    "differences alone": (Dictionary(Differences=Array([64, Name.section, Name.eacute])), "ascii"),
}


#: Signs for whose widths pdfium does not go by the norm where the file states none.
NOT_AS_THE_NORM = str.maketrans("", "", "€@«»5")


def told_widths(name: str, one: Any) -> dict[str, Any]:
    """Those of the norm, as producers state them (the font's metrics, not pdfium's program)."""
    widths = measures(standard_name(name) or name).widths
    named = glyphs(one, standard_name(name) or name)
    return {
        "FirstChar": 0,
        "LastChar": 255,
        "Widths": Array([round(widths.get(glyph, 0)) for glyph in named]),
    }


def in_all_encodings(path: Path, names: tuple[str, ...], text: str) -> Path:
    """A page for each name; a line for each encoding, as Type 1 and TrueType, with widths and without."""
    with pikepdf.new() as pdf:
        for name in names:
            page = pdf.add_blank_page(page_size=A4)
            page.obj.Resources = Dictionary(Font=Dictionary())
            content = b""
            for number, (encoding, codec) in enumerate(ENCODED.values()):
                for place, kind in enumerate(("Type1", "TrueType")):
                    one = font(name, kind, encoding)
                    said = text if (number + place) % 2 else text.translate(NOT_AS_THE_NORM)
                    if (number + place) % 2:
                        one = font(name, kind, encoding, **told_widths(name, one))
                    key = f"/F{2 * number + place}"
                    page.obj.Resources.Font[key] = one
                    shown_as = said.encode(codec, "ignore").hex().encode()
                    at = 780 - 50 * number - 22 * place
                    content += b"BT %s 11 Tf 40 %d Td <%s> Tj ET\n" % (key.encode(), at, shown_as)
            page.obj.Contents = pdf.make_stream(content)
        pdf.save(path)
    return path


def texts(path: Path) -> list[str]:
    with pdfium.PdfDocument(path) as document:
        return [page.get_textpage().get_text_range() for page in document]


def test_every_encoding_of_every_name_keeps_its_text(writer: PdfaWriter, tmp_path: Path) -> None:
    names = ("Helvetica", "Arial,Bold", "CourierNew", "TimesNewRoman,Italic", "Arial-BoldItalicMT")
    source = in_all_encodings(
        tmp_path / "a.pdf", names, "Größe § 35: 50,00 € und «mehr» @ 5 Fälle @A"
    )
    stays_text(preserved(source, tmp_path / "out.pdf", writer, len(names)), len(names))
    found = texts(tmp_path / "out.pdf")
    assert found == texts(source)
    assert all("50,00 € und «mehr» @" in page and "Größe §" in page for page in found)


@pytest.mark.campaign
def test_an_encoding_that_viewers_read_in_different_ways_is_told(
    writer: PdfaWriter, recogniser: Recogniser, tmp_path: Path
) -> None:
    """No text is lost, and a copy that one of the two shows otherwise is not called alike."""
    source = with_fonts(tmp_path / "a.pdf", [font("Helvetica", encoding=Name.MacExpertEncoding)])
    read = recogniser.recognise(source, ScanProfile(), subject="a.pdf")
    out = tmp_path / "out.pdf"
    said = writer.write(source, read, out, profile=ScanProfile(), title=None, subject="a.pdf")
    assert said.verdict == "compliant"
    assert said.comparison.is_alike or said.findings
    assert [text.split() for text in texts(out)] == [text.split() for text in texts(source)]


def test_programs_have_the_widths_of_the_norm() -> None:
    """Adobe's font metrics, as a library for making PDF files has them as well."""
    known = {"Helvetica": "helvetica", "Times-Roman": "times", "Courier": "courier"}
    for face, plain in known.items():
        for style, name in zip(("", "B", "I", "BI"), FACES[face.split("-")[0]], strict=True):
            told = CORE_FONTS_CHARWIDTHS[plain + style]
            for code, glyph in enumerate(ENCODINGS["/WinAnsiEncoding"]):
                sign = bytes([code]).decode("cp1252", "ignore")
                if glyph != NOTHING and sign in told:
                    assert abs(measures(name).widths[glyph] - told[sign]) <= 1, (name, glyph)


def test_a_letter_of_a_common_library_keeps_its_text(writer: PdfaWriter, tmp_path: Path) -> None:
    paper = FPDF(unit="pt", format=A4)
    for style in ("", "B", "I"):
        paper.add_page()
        paper.set_font("Times", style, 11)
        paper.multi_cell(0, 14, "Bescheid über die Gewährung von Wohngeld\n\nSehr geehrte Frau Ö,")
    paper.output(str(tmp_path / "a.pdf"))
    stays_text(preserved(tmp_path / "a.pdf", tmp_path / "out.pdf", writer, 3), 3)


def test_fonts_of_forms_and_of_fields_are_embedded_as_well(
    writer: PdfaWriter, tmp_path: Path
) -> None:
    """A field's letters are smoothed in grey like those of the page that they become part of."""
    with pikepdf.new() as pdf:
        page = pdf.add_blank_page(page_size=A4)
        inner = form(pdf, lines("im Formular", y=20), [0, 0, 300, 60])
        page.obj.Resources = Dictionary(XObject=Dictionary(X=inner))
        page.obj.Contents = pdf.make_stream(b"q 1 0 0 1 60 600 cm /X Do Q")
        look = form(pdf, lines("Antragsteller: Beispielperson", x=2, y=6), [0, 0, 300, 24])
        field = annotation(
            pdf,
            "Widget",
            [60, 500, 360, 524],
            FT=Name.Tx,
            T="name",
            V="Antragsteller: Beispielperson",
            F=4,
            AP=Dictionary(N=look),
        )
        page.obj.Annots = Array([field])
        pdf.Root.AcroForm = Dictionary(Fields=Array([field]))
        pdf.save(tmp_path / "a.pdf")
    stays_text(preserved(tmp_path / "a.pdf", tmp_path / "out.pdf", writer))


@pytest.mark.parametrize("name", ["Helvetica", "Verdana", "ArialNarrow"])
def test_what_does_not_fit_is_pictured_as_before(
    writer: PdfaWriter, tmp_path: Path, name: str
) -> None:
    """Widths of another font, or a font that is none of the standard ones."""
    widths = Array([400] * 224)
    source = with_fonts(tmp_path / "a.pdf", [font(name, FirstChar=32, Widths=widths)])
    said = preserved(source, tmp_path / "out.pdf", writer)
    assert (said.verdict, said.report["way"]) == ("compliant", "rebuild")
    assert said.comparison.is_alike


def test_an_embedded_font_is_left_alone(tmp_path: Path) -> None:
    with pikepdf.new() as pdf:
        file = pdf.make_stream(b"not looked at")
        descriptor = pdf.make_indirect(Dictionary(Type=Name.FontDescriptor, FontFile2=file))
        pdf.save(tmp_path / "empty.pdf")
        own = font("Arial", "TrueType", FontDescriptor=descriptor)
        page = pdf.add_blank_page(page_size=A4)
        page.obj.Resources = Dictionary(Font=Dictionary(F1=own))
        assert embed_standard_fonts(pdf) == []
        assert page.obj.Resources.Font.F1.Subtype == Name.TrueType


@pytest.mark.parametrize(
    "encoding",
    [
        b"<< /Differences 7 >>",
        b"<< /Differences [ -3 /A 300 /B / /#ff#fe (x) << >> null 65 /Adieresis ] >>",
        b"<< /BaseEncoding [ 1 ] /Differences [ ] >>",
        b"[ /WinAnsiEncoding ]",
        b"/Identity-H",
    ],
)
@pytest.mark.parametrize("name", ["Helvetica", "ZapfDingbats"])
def test_a_damaged_encoding_costs_no_more_than_its_font(name: str, encoding: bytes) -> None:
    with pikepdf.new() as pdf:
        page = pdf.add_blank_page(page_size=A4)
        damaged = font(name, encoding=pikepdf.Object.parse(encoding))
        page.obj.Resources = Dictionary(Font=Dictionary(F1=damaged, F2=font("Courier")))
        embed_standard_fonts(pdf)
        assert "/FontDescriptor" in page.obj.Resources.Font.F2


@pytest.mark.parametrize("glyph", ["uni20AC", "u00E4", "g17"])
@pytest.mark.parametrize("widths", [False, True])
def test_a_font_with_a_sign_that_the_program_lacks_is_left_alone(
    glyph: str, *, widths: bool
) -> None:
    told = pikepdf.Object.parse(f"<< /Differences [ 65 /{glyph} ] >>".encode())
    more: dict[str, Any] = (
        {"FirstChar": 65, "LastChar": 65, "Widths": Array([556])} if widths else {}
    )
    with pikepdf.new() as pdf:
        page = pdf.add_blank_page(page_size=A4)
        page.obj.Resources = Dictionary(
            Font=Dictionary(F1=font("Helvetica", encoding=told, **more), F2=font("Courier"))
        )
        embed_standard_fonts(pdf)
        assert "/FontDescriptor" not in page.obj.Resources.Font.F1
        assert "/FontDescriptor" in page.obj.Resources.Font.F2


def test_a_font_with_differences_that_the_program_has_is_embedded() -> None:
    told = pikepdf.Object.parse(b"<< /Differences [ 0 /.notdef 65 /udieresis /Euro ] >>")
    with pikepdf.new() as pdf:
        page = pdf.add_blank_page(page_size=A4)
        page.obj.Resources = Dictionary(Font=Dictionary(F1=font("Helvetica", encoding=told)))
        assert embed_standard_fonts(pdf)
        assert page.obj.Resources.Font.F1.Widths[65] == 556


@pytest.mark.parametrize("key", ["/P", "/Parent", "/Popup"])
def test_resources_may_have_any_name(key: str) -> None:
    with pikepdf.new() as pdf:
        page = pdf.add_blank_page(page_size=A4)
        inner = pdf.make_stream(b"", Type=Name.XObject, Subtype=Name.Form)
        inner.Resources = Dictionary(Font=Dictionary({key: font("Courier")}))
        page.obj.Resources = Dictionary(
            Font=Dictionary({key: font("Helvetica")}), XObject=Dictionary({key: inner})
        )
        embed_standard_fonts(pdf)
        for resources in (page.obj.Resources, inner.Resources):
            assert "/FontDescriptor" in resources.Font[key]


# ------------------------------------------------------------------ look


@pytest.mark.parametrize("name", [SYMBOL, DINGBATS, "Helvetica"])
def test_every_sign_looks_as_pdfium_shows_it_without_the_font(tmp_path: Path, name: str) -> None:
    """Codes without a sign are shown in ways of their own, and may not comply."""
    content = b"".join(
        b"BT /F1 12 Tf %d %d Td <%02x> Tj ET\n"
        % (40 + 32 * (code % 16), 800 - 32 * (code // 16), code)
        for code in range(256)
    )
    encoding = None if name in OWN_CODES else Name.WinAnsiEncoding
    one = font(name, encoding=encoding)
    source = with_fonts(tmp_path / "a.pdf", [one], content)
    assert embedded(source, tmp_path / "b.pdf")
    before, after = shown(source, dpi=72), shown(tmp_path / "b.pdf", dpi=72)
    for code, glyph in enumerate(glyphs(one, name)):
        left, top = 40 + 32 * (code % 16), 842 - 800 + 32 * (code // 16)
        cell = (slice(top - 18, top + 10), slice(left - 8, left + 22))
        apart = np.abs(before[cell].astype(np.int16) - after[cell]).max()
        assert glyph == NOTHING or apart <= 6, (code, glyph)


def test_both_drawers_show_the_same_fonts_whatever_is_installed(tmp_path: Path) -> None:
    """A page made a picture by pdfium looks alike in poppler, too, and nothing is ambiguous."""
    source = with_fonts(tmp_path / "a.pdf", [font("Helvetica"), font("TimesNewRoman")])
    embedded(source, tmp_path / "b.pdf")
    pairs = tuple(Pair(source=n, copy=n, made=Made.KEPT) for n in (1, 2))
    for page in compare_pages(Order(source=source, copy=tmp_path / "b.pdf", pairs=pairs)):
        assert [look.result for look in page.looks] == [Result.ALIKE] * 2
        assert not any(look.otherwise for look in page.looks)
    with standard_fonts() as fonts:
        [with_ours] = Poppler(source, fonts).draw(range(1, 2), 100)
        [with_file] = Poppler(tmp_path / "b.pdf").draw(range(1, 2), 100)
    assert np.array_equal(np.asarray(with_ours), np.asarray(with_file))


def test_a_line_that_is_lost_is_found_in_such_fonts(tmp_path: Path) -> None:
    source = with_fonts(tmp_path / "a.pdf", [font("Helvetica")], LETTER + lines("8 pt", size=8))
    lacking = with_fonts(tmp_path / "c.pdf", [font("Helvetica")], LETTER)
    embedded(lacking, tmp_path / "d.pdf")
    pairs = (Pair(source=1, copy=1, made=Made.KEPT),)
    [found] = compare_pages(Order(source=source, copy=tmp_path / "d.pdf", pairs=pairs))
    assert [look.result for look in found.looks] == [Result.DIFFERS] * 2


# ------------------------------------------------------------------ names


@pytest.mark.parametrize(
    ("name", "standard"),
    [
        ("/Helvetica", "Helvetica"),
        ("/Arial", "Helvetica"),
        ("/ArialMT", "Helvetica"),
        ("/Arial-BoldMT", "Helvetica-Bold"),
        ("/Arial-BoldItalicMT", "Helvetica-BoldOblique"),
        ("/Arial,Italic", "Helvetica-Oblique"),
        ("/ABCDEF+Arial", None),
        ("/Times", None),
        ("/Times New Roman,Bold", "Times-Bold"),
        ("/TimesNewRomanPSMT", "Times-Roman"),
        ("/TimesNewRomanPS-BoldItalicMT", "Times-BoldItalic"),
        ("/CourierNewPS-BoldMT", "Courier-Bold"),
        ("/Courier-Oblique", "Courier-Oblique"),
        ("/Symbol", "Symbol"),
        ("/ArialNarrow", None),
        ("/Arial-Black", None),
        ("/HelveticaNeue", None),
        ("/Helvetica-Condensed", None),
        ("/Calibri", None),
        ("/", None),
    ],
)
def test_names_of_standard_fonts(name: str, standard: str | None) -> None:
    assert standard_name(name) == standard


@given(st.text(max_size=30))
def test_any_name_is_a_standard_one_or_none(name: str) -> None:
    assert standard_name(name) in (None, *NAMES)


def test_pdfium_brings_all_of_them_with_every_sign_of_an_office() -> None:
    assert set(programs()) == set(NAMES)
    for name in NAMES:
        if name not in (SYMBOL, DINGBATS):
            wanted = set(ENCODINGS["/WinAnsiEncoding"]) - {NOTHING}
            assert wanted <= set(measures(name).widths)
