"""Page trees and files whose structure is odd, but which viewers show."""

from __future__ import annotations

import io
from pathlib import Path

from pikepdf import Array, Dictionary, Name, Object, ObjectStreamMode, Pdf

from tests.fresh_look import pdfs
from tests.fresh_look.model import Case, Expected, Shows, case

CASES: list[Case] = []
TREE, AROUND = "page trees", "before and behind the file"
PAGE = b"<</Type /Page /Parent 2 0 R /MediaBox [0 0 420 595] /Resources <</Font <</F1 9 0 R>>>>"
WRITTEN = ("archived", "held")


def _page(contents: int) -> bytes:
    return PAGE + b" /Contents %d 0 R>>" % contents


def _written(word: str) -> bytes:
    return pdfs.stream(pdfs.MARKS + pdfs.letter(word))


@case(CASES, TREE, ".pdf", Expected(pages=2, words=("Opal",)))
def page_listed_twice(path: Path) -> None:
    """The same page object stands twice in /Kids.

    Source: https://github.com/py-pdf/pypdf/pull/3959. Expected: two pages, as qpdf and viewers say.
    """
    tree = b"<</Type /Pages /Kids [3 0 R 3 0 R] /Count 2>>"
    catalogue = b"<</Type /Catalog /Pages 2 0 R>>"
    objects = {1: catalogue, 2: tree, 3: _page(4), 4: _written("Opal"), 9: pdfs.HELVETICA}
    path.write_bytes(pdfs.raw(objects))


@case(
    CASES,
    TREE,
    ".pdf",
    Expected(
        outcomes=WRITTEN,
        pages=2,
        words=("Rubin", "Saphir"),
        shows=Shows.PICTURE,
        picture=lambda: pdfs.sound_pages("Rubin", "Saphir"),
    ),
)
def tree_that_loops(path: Path) -> None:
    """A node of the page tree lists its own ancestor.

    Source: https://github.com/meistrari/pdq/issues/10. Expected: quick; both pages and a finding that
    blocks, or held for a reason that names the structure.
    """
    objects = {
        1: b"<</Type /Catalog /Pages 2 0 R>>",
        2: b"<</Type /Pages /Kids [3 0 R 5 0 R] /Count 2>>",
        3: _page(4),
        4: _written("Rubin"),
        5: b"<</Type /Pages /Parent 2 0 R /Kids [6 0 R 2 0 R] /Count 1>>",
        6: _page(7).replace(b"/Parent 2 0 R", b"/Parent 5 0 R"),
        7: _written("Saphir"),
        9: pdfs.HELVETICA,
    }
    path.write_bytes(pdfs.raw(objects))


@case(CASES, TREE, ".pdf", Expected(pages=3, words=("Topas", "Smaragd")))
def page_without_contents(path: Path) -> None:
    """Three pages; the middle one has no /Contents, so it is blank.

    Source: https://github.com/LaurenzV/hayro/pull/893 (was left out). Expected: three pages.
    """
    pdf = Pdf.new()
    for word in ("Topas", "", "Smaragd"):
        page = pdfs.add_page(pdf, pdfs.MARKS + pdfs.letter(word))
        if not word:
            del page.Contents
    pdfs.save(pdf, path)


@case(
    CASES,
    TREE,
    ".pdf",
    Expected(
        pages=2,
        words=("Achat", "Gabel"),
        shows=Shows.PICTURE,
        picture=lambda: pdfs.sound_pages("Achat", "Gabel"),
    ),
)
def kids_that_are_null(path: Path) -> None:
    """Between two pages /Kids has a null and a reference to nothing; /Count says 4.

    No report. Expected: the two pages, and a finding that blocks if more or fewer are counted.
    """
    objects = {
        1: b"<</Type /Catalog /Pages 2 0 R>>",
        2: b"<</Type /Pages /Kids [3 0 R null 77 0 R 5 0 R] /Count 4>>",
        3: _page(4),
        4: _written("Achat"),
        5: _page(6),
        6: _written("Gabel"),
        9: pdfs.HELVETICA,
    }
    path.write_bytes(pdfs.raw(objects))


@case(CASES, TREE, ".pdf", Expected(pages=3, words=("Amboss", "Hammer", "Zange")))
def sections_without_startxref(path: Path) -> None:
    """Three cross-reference sections, of which only the last has a startxref.

    Source: https://github.com/pdfminer/pdfminer.six/issues/493 (the first pages were lost). Expected:
    three pages.
    """
    data = bytearray(b"%PDF-1.4\n")
    kids = b"3 0 R 4 0 R 5 0 R"
    parts: list[dict[int, bytes]] = [
        {
            1: b"<</Type /Catalog /Pages 2 0 R>>",
            2: b"<</Type /Pages /Kids [%s] /Count 3>>" % kids,
            3: _page(6),
            6: _written("Amboss"),
            9: pdfs.HELVETICA,
        },
        {4: _page(7), 7: _written("Hammer")},
        {5: _page(8), 8: _written("Zange")},
    ]
    before = start = 0
    for part in parts:
        table = bytearray()
        for number, body in part.items():
            table += b"%d 1\n%010d 00000 n \n" % (number, len(data))
            data += b"%d 0 obj\n%s\nendobj\n" % (number, body)
        before, start = start, len(data)
        chain = b"/Prev %d" % before if before else b""
        data += b"xref\n" + table + b"trailer\n<</Size 10 /Root 1 0 R %s>>\n" % chain
    path.write_bytes(bytes(data) + b"startxref\n%d\n%%%%EOF\n" % start)


@case(CASES, TREE, ".pdf", Expected(words=("Nagel",)))
def contents_in_pieces(path: Path) -> None:
    """Three content streams that end and begin in the middle of an expression, without white space.

    Source: https://github.com/qpdf/qpdf/issues/444. Expected: all of it.
    """
    pdf = Pdf.new()
    page = pdfs.add_page(pdf, b"")
    pieces = (b"q", b"1 0 0 1 0 0 cm" + b"\n" + pdfs.MARKS + b"BT /F1 12 Tf 50 500 Td (Nagel)",
              b"Tj ET Q")  # fmt: skip
    page.Contents = Array([pdf.make_stream(piece) for piece in pieces])
    pdfs.save(pdf, path)


@case(CASES, TREE, ".pdf", Expected(words=("Schraube",)))
def tree_of_many_levels(path: Path) -> None:
    """MediaBox and fonts are handed down over 40 levels of the page tree.

    No report. Expected: A5 with all text.
    """
    pdf = Pdf.new()
    page = pdfs.add_page(pdf, pdfs.MARKS + pdfs.letter("Schraube"))
    top = pdf.Root.Pages
    top.MediaBox, top.Resources = page.MediaBox, page.Resources
    del page.MediaBox, page.Resources
    below: Object = page
    for _ in range(40):
        node = pdf.make_indirect(Dictionary(Type=Name.Pages, Kids=Array([below]), Count=1))
        below.Parent = node
        below = node
    below.Parent, top.Kids = top, Array([below])
    pdfs.link(pdf, page)
    pdfs.save(pdf, path)


def _plain(word: str, *, streams: bool = False) -> bytes:
    pdf, data = Pdf.new(), io.BytesIO()
    pdfs.add_page(pdf, pdfs.MARKS + pdfs.letter(word))
    mode = ObjectStreamMode.generate if streams else ObjectStreamMode.disable
    pdf.save(data, deterministic_id=True, object_stream_mode=mode)
    return data.getvalue()


@case(
    CASES, AROUND, ".pdf", Expected(words=("Feile",), no_codes=("signature.",), shows=Shows.PDFIUM)
)
def zeros_behind(path: Path) -> None:
    """80,508 zero bytes behind %%EOF; the cross-references are a stream.

    Source: https://github.com/UglyToad/PdfPig/issues/176. Expected: archived, no word on signatures.
    """
    path.write_bytes(_plain("Feile", streams=True) + bytes(80508))


@case(CASES, AROUND, ".pdf", Expected(words=("Bohrer",), no_codes=("signature.",)))
def web_page_behind(path: Path) -> None:
    """26 kB of a web page behind %%EOF.

    Source: https://github.com/coregx/gxpdf/pull/27. Expected: archived, no word on signatures.
    """
    path.write_bytes(_plain("Bohrer") + b"<html><body>" + b"<p>Sitzung beendet</p>\n" * 1180)


@case(CASES, AROUND, ".pdf", Expected(words=("Spaten", "Meissel"), no_codes=("signature.",)))
def two_files_in_one(path: Path) -> None:
    """Two complete PDF files, one behind the other.

    Source: https://github.com/mozilla/pdf.js/issues/5909. Expected: what viewers
    show of it, and a finding that blocks, since the other file is not in the copy.
    """
    path.write_bytes(_plain("Spaten") + _plain("Meissel"))


@case(CASES, AROUND, ".pdf", Expected(words=("Schaufel",), no_codes=("signature.",)))
def mark_and_blank_lines_before(path: Path) -> None:
    """A byte order mark and blank lines before %PDF, so that all offsets are off by nine.

    No report. Expected: archived and right, no word on signatures.
    """
    path.write_bytes(b"\xef\xbb\xbf\r\n\r\n\r\n" + _plain("Schaufel"))
