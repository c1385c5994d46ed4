"""Words lie where they were read: the layer against pdftotext and pdfium, on turned pages as well."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pikepdf
import pypdfium2 as pdfium
import pytest

from ocr.geometry import straightener, turned_size
from ocr.pdfa.writing import Task, overlay
from ocr.recognition.result import PageText
from tests.unit.ocr.conftest import letter, page_text, recognition, scan_pdf

pytestmark = pytest.mark.skipif(shutil.which("pdftotext") is None, reason="poppler-utils missing")

WORDS = [
    ("Aktenzeichen", (60.0, 80.0, 150.0, 94.0)),
    ("a", (200.0, 80.0, 206.0, 94.0)),
    ("Grundstücksverkehrsgenehmigung", (60.0, 300.0, 320.0, 312.0)),
    ("§", (400.0, 500.0, 407.0, 515.0)),
]


def laid(tmp_path: Path, page: PageText, **entries: Any) -> Path:
    source = scan_pdf(tmp_path / "in.pdf", letter((595, 842), 0), 72.0, **entries)
    out = tmp_path / "out.pdf"
    steps = overlay(
        Task(
            source=source,
            out=out,
            recognition=recognition(page),
            flavour="3b",
            title=None,
            pages=None,
            keep_attachments=True,
        )
    )
    assert "failed" not in steps, steps
    return out


def poppler_words(path: Path) -> dict[str, tuple[float, ...]]:
    said = subprocess.run(
        ["pdftotext", "-bbox", str(path), "-"], capture_output=True, text=True, check=True
    ).stdout
    found = {}
    for match in re.finditer(
        r'<word xMin="(.*?)" yMin="(.*?)" xMax="(.*?)" yMax="(.*?)">(.*?)<', said
    ):
        found[match[5]] = tuple(float(match[n]) for n in range(1, 5))
    return found


def pdfium_words(path: Path) -> list[str]:
    document = pdfium.PdfDocument(path)
    try:
        page = document[0]
        text = page.get_textpage()
        words: list[str] = text.get_text_range().split()
        text.close()
        page.close()
        return words
    finally:
        document.close()


def assert_close(found: dict[str, tuple[float, ...]], wanted: dict[str, tuple[float, ...]]) -> None:
    assert set(found) == set(wanted)
    for text, box in wanted.items():
        assert found[text][0] == pytest.approx(box[0], abs=1), text
        assert found[text][2] == pytest.approx(box[2], abs=1), text
        assert found[text][1] <= box[1] + 2, text
        assert found[text][3] >= box[3] - 2, text


@pytest.mark.parametrize("rotate", [0, 90, 180, 270])
def test_boxes_on_pages_the_file_turns(tmp_path: Path, rotate: int) -> None:
    size = turned_size(595, 842, rotate)
    out = laid(tmp_path, page_text(WORDS, size=size), Rotate=rotate)
    assert_close(poppler_words(out), dict(WORDS))
    assert sorted(pdfium_words(out)) == sorted(text for text, _ in WORDS)


@pytest.mark.parametrize("rotate", [0, 90])
@pytest.mark.parametrize("turn", [90, 180, 270])
def test_boxes_on_pages_we_turn(tmp_path: Path, rotate: int, turn: int) -> None:
    size = turned_size(595, 842, rotate + turn)
    out = laid(tmp_path, page_text(WORDS, size=size, turn=turn, turned=True), Rotate=rotate)
    assert_close(poppler_words(out), dict(WORDS))
    assert sorted(pdfium_words(out)) == sorted(text for text, _ in WORDS)
    with pikepdf.open(out) as pdf:
        assert pdf.pages[0].obj.Rotate == (rotate + turn) % 360


def test_boxes_within_a_crop_box(tmp_path: Path) -> None:
    box = pikepdf.Array([20, 30, 520, 742])
    out = laid(tmp_path, page_text(WORDS, size=(500, 712)), CropBox=box)
    found = poppler_words(out)  # counts from the media box
    for text, wanted in WORDS:
        assert found[text][0] == pytest.approx(wanted[0] + 20, abs=1)
        assert found[text][3] == pytest.approx(wanted[3] + 100, abs=3)


def test_words_of_a_lying_page_run_upwards(tmp_path: Path) -> None:
    """Not allowed to turn: the words stay where they lie, and are found all the same."""
    from dataclasses import replace

    from ocr.recognition.result import Line, Word, pack

    line = Line(baseline=(300, 700, 300, 500), ascent=10, descent=2, begins_paragraph=False)
    words = [
        Word(text="unten", box=(290, 640, 302, 700), confidence=90, line=0),
        Word(text="oben", box=(290, 500, 302, 560), confidence=90, line=0),
    ]
    out = laid(tmp_path, replace(page_text([], turn=90), packed=pack([line], words)))
    found = poppler_words(out)
    assert found["unten"][1] == pytest.approx(640, abs=1)
    assert found["unten"][3] == pytest.approx(700, abs=1)
    assert found["oben"][1] == pytest.approx(500, abs=1)
    assert pdfium_words(out) == ["unten", "oben"]


@pytest.mark.parametrize("skew", [-4.0, 2.6])
def test_straightening_moves_the_picture_under_the_words(tmp_path: Path, skew: float) -> None:
    image = letter((595, 842), 0)
    move = straightener(-skew, 595, 842)  # from level to skewed
    for x in range(100, 500):
        image.putpixel(tuple(round(v) for v in move(x, 400)), 0)  # type: ignore[arg-type]
    source = scan_pdf(tmp_path / "in.pdf", image, 72.0)
    page = page_text([("Zeile", (100.0, 390.0, 500.0, 402.0))], skew=skew, straightened=True)
    out = tmp_path / "out.pdf"
    overlay(
        Task(
            source=source,
            out=out,
            recognition=recognition(page),
            flavour="3b",
            title=None,
            pages=None,
            keep_attachments=True,
        )
    )
    document = pdfium.PdfDocument(out)
    shown = document[0].render(scale=1, grayscale=True).to_pil().convert("L")
    document.close()
    dark = [y for y in range(842) for x in (150, 300, 450) if shown.getpixel((x, y)) < 200]
    assert dark and all(398 <= y <= 402 for y in dark)
    assert_close(poppler_words(out), {"Zeile": (100.0, 390.0, 500.0, 402.0)})


def test_odd_characters_do_no_harm(tmp_path: Path) -> None:
    odd = [("\U0001f600", (60.0, 80.0, 90.0, 94.0)), ("a\x07b", (60.0, 180.0, 90.0, 194.0))]
    out = laid(tmp_path, page_text(odd))
    assert pdfium_words(out) == ["\ufffd", "ab"]


@pytest.mark.parametrize("sloppy", [b"q q .5 0 0 .5 9 9 cm ", b"Q Q .5 0 0 .5 9 9 cm "])
def test_a_page_that_forgets_to_restore_does_not_move_the_words(
    tmp_path: Path, sloppy: bytes
) -> None:
    source = scan_pdf(tmp_path / "in.pdf", letter((595, 842), 0), 72.0)
    with pikepdf.open(source, allow_overwriting_input=True) as pdf:
        content = pdf.pages[0].obj.Contents
        content.write(content.read_bytes() + b"\n" + sloppy)
        pdf.save()
    out = tmp_path / "out.pdf"
    overlay(
        Task(
            source=source,
            out=out,
            recognition=recognition(page_text(WORDS)),
            flavour="3b",
            title=None,
            pages=None,
            keep_attachments=True,
        )
    )
    assert_close(poppler_words(out), dict(WORDS))


def test_touching_words_stay_apart(tmp_path: Path) -> None:
    from dataclasses import replace

    from ocr.recognition.result import Line, Word, pack

    line = Line(baseline=(60, 90, 160, 90), ascent=10, descent=2, begins_paragraph=False)
    words = [
        Word(text="eins", box=(60, 80, 111, 92), confidence=90, line=0),
        Word(text="zwei", box=(110, 80, 160, 92), confidence=90, line=0),
    ]
    out = laid(tmp_path, replace(page_text([]), packed=pack([line], words)))
    assert pdfium_words(out) == ["eins", "zwei"]
