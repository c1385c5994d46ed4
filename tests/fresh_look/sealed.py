"""PDF files whose sealed copy may lose PDF/A: odd metadata that the sealing writes anew."""

from __future__ import annotations

from pathlib import Path

from pikepdf import Dictionary, Name, Pdf, String

from tests.fresh_look import pdfs
from tests.fresh_look.colour import SRGB, as_pdfa, profile
from tests.fresh_look.model import Case, Expected, case

CASES: list[Case] = []
KIND = "PDF/A after sealing"
DC = 'xmlns:dc="http://purl.org/dc/elements/1.1/"'
COMPLIANT = ("pdfa.rebuilt",)  #: a page that complies need not become a picture


def _described(inner: str, spaces: str) -> str:
    return f'<rdf:Description rdf:about="" {spaces}>{inner}</rdf:Description>'


def _letter(word: str, xmp: str) -> Pdf:
    pdf = Pdf.new()
    pdfs.add_page(pdf, pdfs.MARKS + pdfs.letter(word))
    as_pdfa(pdf, profile("sRGB", SRGB), xmp)
    return pdf


@case(CASES, KIND, ".pdf", Expected(words=("Fohlen",), no_codes=COMPLIANT))
def empty_strings_in_metadata(path: Path) -> None:
    """Creator, Keywords and description are there, but empty, in Info and XMP.

    Source: https://github.com/pikepdf/pikepdf/issues/143. Expected: the sealed copy is PDF/A.
    """
    alt = '<rdf:Alt><rdf:li xml:lang="x-default"></rdf:li></rdf:Alt>'
    inner = f"<xmp:CreatorTool></xmp:CreatorTool><pdf:Keywords></pdf:Keywords><dc:title>{alt}</dc:title>"
    inner += f"<dc:description>{alt}</dc:description>"
    spaces = (
        f'{DC} xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:pdf="http://ns.adobe.com/pdf/1.3/"'
    )
    pdf = _letter("Fohlen", _described(inner, spaces))
    pdf.trailer.Info = pdf.make_indirect(
        Dictionary(Creator=String(""), Keywords=String(""), Title=String(""), Subject=String(""))
    )
    pdfs.save(pdf, path)


@case(CASES, KIND, ".pdf", Expected(words=("Kalb",), no_codes=COMPLIANT))
def extension_schema_as_resources(path: Path) -> None:
    """An extension schema written with rdf:parseType="Resource".

    Source: https://github.com/MatthiasValvekens/pyHanko/issues/755. Expected: the sealed copy is PDF/A.
    """
    spaces = (
        'xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/" '
        'xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#" '
        'xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#" '
        'xmlns:amt="http://example.org/amt/"'
    )
    inner = """<pdfaExtension:schemas><rdf:Bag><rdf:li rdf:parseType="Resource">
<pdfaSchema:schema>Amt</pdfaSchema:schema>
<pdfaSchema:namespaceURI>http://example.org/amt/</pdfaSchema:namespaceURI>
<pdfaSchema:prefix>amt</pdfaSchema:prefix>
<pdfaSchema:property><rdf:Seq><rdf:li rdf:parseType="Resource">
<pdfaProperty:name>zeichen</pdfaProperty:name><pdfaProperty:valueType>Text</pdfaProperty:valueType>
<pdfaProperty:category>external</pdfaProperty:category>
<pdfaProperty:description>Zeichen</pdfaProperty:description>
</rdf:li></rdf:Seq></pdfaSchema:property></rdf:li></rdf:Bag></pdfaExtension:schemas>
<amt:zeichen>A 1</amt:zeichen>"""
    pdfs.save(_letter("Kalb", _described(inner, spaces)), path)


@case(CASES, KIND, ".pdf", Expected(words=("Lamm",)))
def title_without_language(path: Path) -> None:
    """dc:title and dc:description without xml:lang: not quite PDF/A to begin with.

    Source: https://github.com/LibrePDF/OpenPDF/pull/1279. Expected: the sealed copy is PDF/A.
    """
    alt = "<rdf:Alt><rdf:li>Bescheid</rdf:li></rdf:Alt>"
    inner = f"<dc:title>{alt}</dc:title><dc:description>{alt}</dc:description>"
    pdfs.save(_letter("Lamm", _described(inner, DC)), path)


@case(CASES, KIND, ".pdf", Expected(words=("Ferkel",)))
def title_of_odd_signs(path: Path) -> None:
    """A title in UTF-16 with a control character, an ampersand and a sign beyond the first plane.

    Source: https://github.com/ocrmypdf/OCRmyPDF/issues/955. Expected: the sealed copy is PDF/A.
    """
    pdf = Pdf.new()
    pdfs.add_page(pdf, pdfs.MARKS + pdfs.letter("Ferkel"))
    title = "Bescheid \x01 & <Anlage> \U0001f4dc"
    pdf.trailer.Info = pdf.make_indirect(
        Dictionary(
            Title=String(b"\xfe\xff" + title.encode("utf-16-be")), CreationDate=String("D:2026")
        )
    )
    pdfs.save(pdf, path)


@case(CASES, KIND, ".pdf", Expected(words=("Welpe",)))
def markup_in_the_metadata_broken(path: Path) -> None:
    """The XMP of a PDF/A has a bare ampersand, so it is no XML.

    Source: https://github.com/veraPDF/veraPDF-library/issues/972. Expected: the sealed copy is PDF/A.
    """
    inner = "<dc:source>Meyer & Sohn</dc:source>"
    pdfs.save(_letter("Welpe", _described(inner, DC)), path)


@case(CASES, KIND, ".pdf", Expected(words=("Katze",), no_codes=COMPLIANT))
def metadata_of_other_parts(path: Path) -> None:
    """A PDF/A whose page and font carry metadata of their own, and whose catalogue has a language.

    No report. Expected: the sealed copy is PDF/A.
    """
    pdf = _letter("Katze", "")
    packet = pdf.Root.Metadata.read_bytes()
    page = pdf.pages[0].obj
    page.Metadata = pdf.make_stream(packet, Type=Name.Metadata, Subtype=Name.XML)
    pdf.Root.Lang = String("de-DE")
    pdf.Root.ViewerPreferences = Dictionary(DisplayDocTitle=True)
    pdfs.save(pdf, path)
