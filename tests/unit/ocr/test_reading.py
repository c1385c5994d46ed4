"""Reading real and generated pages; the thresholds are those of docs/explanation/ocr.md."""

from __future__ import annotations

from pathlib import Path

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name, String
from PIL import Image

from ocr.bench.accuracy import character_error_rate, edit_distance, word_recall
from ocr.bench.measure import Sample
from ocr.errors import ToolMissing
from ocr.pdf.old_text_layer import drop_invisible_text
from ocr.pdf.own_text import _character
from ocr.pdfa import image_objects
from ocr.preflight.incoming import Limits
from ocr.preflight.inspection import inspect
from ocr.recognition.page_reading import read_page
from ocr.recognition.picture_reading import _merged, skew_of
from ocr.scan_profile import ScanProfile
from ocr.transcript import Glyphs, Row
from tests.unit.ocr.conftest import letter

#: scan -> least word recall that a reading of it must have
READ = {
    "letters_rendered/letter08_200dpi_modern_skew-edge.jpg": 0.97,
    "letters_rendered/letter10_300dpi_serif_rot-1bit-skew.tif": 0.97,
    "letters_rendered/letter11_150dpi_modern.jpg": 0.97,
    "letters_rendered/letter13_300dpi_modern_1bit-stamp-fold-skew.pdf": 0.97,
    "letters_rendered/letter14_200dpi_serif_1bit-speckle.png": 0.95,
    "typewritten/EHRI-NISKO-19391112_DE_02.jpg": 0.94,
    "typewritten/EHRI-ET-WL1375B189_04.jpg": 0.90,
    "print/bebel_frau_1879_0186.tif": 0.95,
    "print/clauren_mimil_1815_0038.jpg": 0.80,
    "print/laube_europa0202_1837_0006.jpg": 0.95,
}
ALLOWED = ScanProfile(may_rotate=True, may_deskew=True)


def sample(shared_data: Path, name: str) -> Sample:
    path = shared_data / "scans" / name
    truth = path.with_name(path.stem + ".gt.txt").read_text("utf-8")
    return Sample(path=path, truth=truth)


@pytest.mark.parametrize("name", READ)
def test_recall(shared_data: Path, name: str) -> None:
    one = sample(shared_data, name)
    page = read_page(one.path, 1, 0, ALLOWED)
    assert word_recall(one.truth, page.text) >= READ[name]
    assert page.blank == "content"


def test_a_page_askew_is_named_where_it_is_shown_straight(shared_data: Path) -> None:
    path = shared_data / "scans/letters_rendered/letter13_300dpi_modern_1bit-stamp-fold-skew.pdf"
    for profile, shown in ((ALLOWED, True), (ScanProfile(), False)):
        page = read_page(path, 1, 0, profile)
        named = [one for one in page.findings if one.code == "page.straightened"]
        assert page.straightened == shown == bool(named)
    assert page.skew


def test_a_turned_page(shared_data: Path) -> None:
    path = shared_data / "scans/letters_rendered/letter09_300dpi_modern_rot-1bit.tif"
    page = read_page(path, 1, 0, ALLOWED)
    assert page.turned and page.turn == 180
    lying = read_page(path, 1, 0, ScanProfile())
    assert not lying.turned and lying.turn == page.turn
    assert sorted(word.text for word in lying.words) == sorted(word.text for word in page.words)
    assert "page.righted" in {one.code for one in page.findings}
    assert "page.turned" in {one.code for one in lying.findings}
    first, last = lying.words[0].box, lying.words[-1].box
    assert first[1] > last[1]  # read upwards, as it lies


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_a_short_page_of_fraktur_is_turned(shared_data: Path, tmp_path: Path, turn: int) -> None:
    with Image.open(shared_data / "scans/print/laube_europa0202_1837_0007.jpg") as image:
        image.convert("L").rotate(-turn, expand=True).save(tmp_path / "a.png", dpi=(178, 178))
    assert read_page(tmp_path / "a.png", 1, 0, ALLOWED).turn == (360 - turn) % 360


def test_fraktur_is_noticed(shared_data: Path) -> None:
    assert (
        read_page(
            shared_data / "scans/print/laube_europa0202_1837_0006.jpg", 1, 0, ALLOWED
        ).language
        == "frk"
    )
    assert (
        read_page(shared_data / "scans/print/bebel_frau_1879_0186.tif", 1, 0, ALLOWED).language
        == "deu"
    )


def test_own_text_is_kept_and_not_recognised(shared_data: Path) -> None:
    page = read_page(shared_data / "scans/misc/letter-de.pdf", 1, 0, ALLOWED)
    truth = (shared_data / "scans/misc/letter-de.txt").read_text("utf-8")
    assert page.source == "text" and all(line.own for line in page.lines)
    assert word_recall(truth, page.text) > 0.97


@pytest.mark.parametrize("with_form", [True, False])
def test_stamps_and_form_values_are_text_of_the_page(tmp_path: Path, with_form: bool) -> None:
    path = tmp_path / "a.pdf"
    with pikepdf.new() as pdf:
        font = Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica)
        look = pdf.make_stream(
            b"BT /F1 12 Tf 5 5 Td (Eingegangen) Tj ET",
            Type=Name.XObject,
            Subtype=Name.Form,
            BBox=[0, 0, 200, 20],
            Resources=Dictionary(Font=Dictionary(F1=font)),
        )
        stamp = Dictionary(
            Type=Name.Annot,
            Subtype=Name.Widget if with_form else Name.Stamp,
            FT=Name.Tx,
            T=String("Feld"),
            V=String("Eingegangen"),
            Rect=[100, 700, 300, 720],
            F=4,
            AP=Dictionary(N=look),
        )
        page = pdf.add_blank_page(page_size=(595, 842))
        page.obj.Annots = Array([pdf.make_indirect(stamp)])
        if with_form:
            pdf.Root.AcroForm = Dictionary(Fields=page.obj.Annots)
        pdf.save(path)
    assert inspect(path, Limits()).pages == 1
    assert read_page(path, 1, 0, ALLOWED).text == "Eingegangen"


def test_gibberish_is_no_text(shared_data: Path) -> None:
    page = read_page(shared_data / "scans/misc/cmyk.pdf", 1, 0, ALLOWED)
    assert page.source == "ocr" and "Black" in page.text


def test_blank_pages(shared_data: Path) -> None:
    stack = shared_data / "scans/letters_rendered/stack_4pages_300dpi_1bit_page3-blank.tif"
    assert [read_page(stack, n, 0, ALLOWED).blank for n in (1, 3)] == ["content", "blank"]
    assert read_page(shared_data / "scans/misc/blank.pdf", 1, 0, ALLOWED).blank == "blank"


def test_boxes_lie_on_the_ink(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    letter(lines=3).save(path, dpi=(200, 200))
    page = read_page(path, 1, 0, ALLOWED)
    words = [word for word in page.words if word.text == "geehrte"]
    assert len(words) == 3
    for number, word in enumerate(words):
        left, top, right, bottom = (value * 200 / 72 for value in word.box)
        assert 195 + 80 * number < top < bottom < 250 + 80 * number
        part = letter(lines=3).crop(
            (round(left) - 3, round(top) - 3, round(right) + 3, round(bottom) + 3)
        )
        inner = part.point(lambda value: 255 * (value < 128)).getbbox()
        assert inner is not None
        assert inner[0] <= 6 and inner[2] >= part.width - 6


def test_an_overstated_resolution_is_seen_through(shared_data: Path, tmp_path: Path) -> None:
    one = sample(shared_data, "typewritten/EHRI-NISKO-19391112_DE_02.jpg")
    path = tmp_path / "a.jpg"
    with Image.open(one.path) as image:
        image.save(path, quality=95, dpi=(600, 600))
    assert word_recall(one.truth, read_page(path, 1, 0, ALLOWED).text) > 0.9


def test_skew_is_the_median_of_long_lines() -> None:
    def row(y: float, rise: float, length: float = 900) -> Row:
        return Row((), (0, 0, 0, 0), (100, y, 100 + length, y - rise), False)

    assert skew_of([row(100, 15.7), row(200, 15.7), row(300, 500, 220)]) == pytest.approx(
        1, abs=0.01
    )
    assert skew_of([row(100, 15.7)]) == 0.0


def test_a_second_reading_never_puts_a_word_twice() -> None:
    old = Row((Glyphs("Wori", 40, (0, 0, 50, 10)),), (0, 0, 50, 10), None, False)
    new = Row((Glyphs("Wort", 90, (1, 0, 49, 10)),), (1, 0, 49, 10), None, False)
    merged = _merged([old], [new])
    assert [word.text for row in merged for word in row.words] == ["Wort"]
    assert _merged(merged, [old]) == merged


def test_judging() -> None:
    assert edit_distance("kitten", "sitting") == 3
    assert edit_distance("", "abc") == edit_distance("abc", "") == 3
    assert character_error_rate("Straße 1", "Strasse  1") == pytest.approx(2 / 8)
    assert word_recall("Haus und Garten, Garten", "garten haus") == pytest.approx(2 / 3)


def test_languages_together_and_a_missing_one(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    letter((1200, 400), 1).save(path, dpi=(200, 200))
    page = read_page(path, 1, 0, ScanProfile(languages=("deu", "eng")))
    assert page.language == "deu+eng" and "geehrte" in page.text
    with pytest.raises(ToolMissing, match="tesseract-ocr-xyz"):
        read_page(path, 1, 0, ScanProfile(languages=("xyz",)))


def pdf_of(path: Path, content: bytes, image: Image.Image) -> Path:
    """A sheet of 595 x 842 points with this content; the picture is /Im0, a font is /F1."""
    with pikepdf.new() as pdf:
        font = Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica)
        page = pdf.add_blank_page(page_size=(595, 842))
        shown = image_objects.put(pdf, image_objects.pack(image))
        page.obj.Resources = Dictionary(Font=Dictionary(F1=font), XObject=Dictionary(Im0=shown))
        page.obj.Contents = pdf.make_stream(content)
        pdf.save(path)
    return path


def test_a_picture_with_a_margin_is_placed_where_it_lies(tmp_path: Path) -> None:
    image = letter((1654, 2339), 3)
    content = b"q 571 0 0 808 20 30 cm /Im0 Do Q"  # 96 % of the sheet each way
    page = read_page(pdf_of(tmp_path / "a.pdf", content, image), 1, 0, ALLOWED)
    [word] = [word for word in page.words if word.text == "geehrte"][:1]
    ink = image.point(lambda value: 255 * (value < 128)).getbbox()
    assert ink is not None
    left = 20 + 571 * ink[0] / 1654
    first = min(page.words, key=lambda one: (one.line, one.box[0]))
    assert first.box[0] == pytest.approx(left, abs=1)
    assert word.box[1] == pytest.approx(842 - 30 - 808 + 808 * 205 / 2339, abs=5)


def test_text_under_the_picture_is_not_believed(tmp_path: Path) -> None:
    image = letter((1654, 2339), 3)
    hidden = b"1 1 1 rg 0 0 595 842 re f BT /F1 12 Tf 0 g 72 700 Td (verdeckter Unsinn) Tj ET "
    content = hidden + b"q 595 0 0 842 0 0 cm /Im0 Do Q"
    source = pdf_of(tmp_path / "a.pdf", content, image)
    page = read_page(source, 1, 0, ALLOWED)
    assert page.source == "ocr" and "Unsinn" not in page.text and "geehrte" in page.text
    with pikepdf.open(source) as pdf:
        assert drop_invisible_text(pdf, pdf.pages[0])
        assert b"verdeckter" not in pdf.pages[0].obj.Contents.read_bytes()


def test_a_stamp_over_the_picture_is_kept_and_the_picture_read(tmp_path: Path) -> None:
    image = letter((1654, 2339), 3)
    stamp = b" BT /F1 18 Tf 1 0 0 rg 72 300 Td (Eingegangen) Tj ET"
    content = b"q 595 0 0 842 0 0 cm /Im0 Do Q" + stamp
    source = pdf_of(tmp_path / "a.pdf", content, image)
    page = read_page(source, 1, 0, ALLOWED)
    words = [word.text for word in page.words]
    assert words.count("Eingegangen") == 1 and "geehrte" in words
    [own] = [line for line in page.lines if line.own]
    assert own.baseline[1] == pytest.approx(542, abs=6)
    with pikepdf.open(source) as pdf:
        drop_invisible_text(pdf, pdf.pages[0])
        assert b"Eingegangen" in pdf.pages[0].obj.Contents.read_bytes()


def test_marks_that_show_nothing_do_not_break_words() -> None:
    assert [_character(code) for code in (0xAD, 0x200B, 0x202E, 0x41, 0xD800)] == [
        *("", "", "", "A", "\ufffd")
    ]
