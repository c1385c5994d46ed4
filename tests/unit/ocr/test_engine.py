"""Both engines keep the same promises: in the process, and tesseract as a program."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from ocr import transcript
from ocr.bench.accuracy import word_recall
from ocr.engines import engine
from ocr.engines.engine import Engine
from ocr.engines.engine_program import TesseractProgram
from ocr.engines.engine_tesserocr import Tesserocr
from ocr.errors import ToolMissing
from ocr.recognition.page_reading import read_page
from ocr.scan_profile import ScanProfile
from tests.unit.ocr.conftest import letter


@pytest.fixture(params=[Tesserocr, TesseractProgram], ids=["process", "program"])
def reader(request: pytest.FixtureRequest) -> Engine:
    made: Engine = request.param()
    return made


def words(rows: list[transcript.Row]) -> list[str]:
    return [word.text for row in rows for word in row.words]


def test_version(reader: Engine) -> None:
    assert reader.version()[0].isdigit()


@pytest.mark.parametrize("mode", ["L", "1"])
def test_words_lie_on_their_ink(reader: Engine, mode: str) -> None:
    rows = reader.rows(letter(lines=3).convert(mode), 200, "deu", engine.AUTO)
    assert words(rows).count("geehrte") == 3 and len(rows) == 3
    for number, row in enumerate(rows):
        top = 200 + 80 * number
        assert row.baseline is not None
        x0, y0, x1, y1 = row.baseline
        assert x0 < 170 and x1 > 1200
        assert top + 20 < y0 < top + 50 and abs(y1 - y0) < 6
        for word in row.words:
            assert top - 5 < word.box[1] < word.box[3] < top + 55
            assert 60 < word.confidence <= 100


def test_a_paragraph_begins(reader: Engine) -> None:
    image = letter(lines=9)
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 430, 1654, 600), fill=255)  # a gap of two lines after the third
    rows = reader.rows(image, 200, "deu", engine.AUTO)
    assert rows[0].begins_paragraph
    assert sum(row.begins_paragraph for row in rows) < len(rows)


def test_an_empty_page(reader: Engine) -> None:
    assert reader.rows(Image.new("L", (800, 1100), 255), 100, "deu", engine.AUTO) == []
    assert reader.orientation(Image.new("L", (800, 1100), 255), 100) == 0


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_which_way_is_up(reader: Engine, turn: int) -> None:
    assert reader.orientation(letter(lines=20).rotate(-turn, expand=True), 200) == turn


def test_a_missing_model_is_named(reader: Engine) -> None:
    with pytest.raises(ToolMissing, match="tesseract-ocr-xyz"):
        reader.rows(letter(lines=1), 200, "xyz", engine.AUTO)


@pytest.mark.parametrize(
    "name",
    [
        "letters_rendered/letter09_300dpi_modern_rot-1bit.tif",
        "letters_rendered/letter11_150dpi_modern.jpg",
        "print/laube_europa0202_1837_0006.jpg",
    ],
)
def test_whole_pages(
    shared_data: Path, reader: Engine, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(engine, "resident", lambda: reader)
    path = shared_data / "scans" / name
    page = read_page(path, 1, 0, ScanProfile(may_rotate=True, may_deskew=True))
    truth = path.with_name(path.stem + ".gt.txt").read_text("utf-8")
    assert word_recall(truth, page.text) > 0.95
    assert page.turn == (180 if "rot-" in name else 0)
    assert page.language == ("frk" if "laube" in name else "deu")


def test_without_the_library_the_program_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "ocr.engines.engine_tesserocr", None)
    engine.resident.cache_clear()
    try:
        assert isinstance(engine.resident(), TesseractProgram)
    finally:
        engine.resident.cache_clear()
