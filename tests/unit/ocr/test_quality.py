"""Whole sets of real scans: how well they are read, upright from all turns, nothing called blank.

Thresholds of recognition are chosen on the pages of even number of the sorted sets, and shown on those
of odd number; both halves are printed. Pages are named by set and number, never by their text.
"""

from __future__ import annotations

import statistics
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest
from PIL import Image

from config.isolation import Workshop
from ocr.bench.accuracy import character_error_rate, word_recall
from ocr.bench.measure import Sample, samples
from ocr.children import READ_PAGE
from ocr.page_sources.source import open_source
from ocr.recognition.page_reading import read_page
from ocr.recognition.recogniser import Recogniser
from ocr.scan_profile import ScanProfile

SETS = ("typewritten", "print", "letters_rendered", "fraktur_lines_joined")
FRAKTUR = ("clauren", "laube", "archiscribe")
ANTIQUA_MEDIAN, FRAKTUR_MEAN, LETTERS_MEAN, NISKO = 0.94, 0.87, 0.99, 0.95
PROFILE = ScanProfile(may_rotate=True, may_deskew=True)
#: of the pages' names: their place in the file
TURNED_ALREADY = {
    "letter09_300dpi_modern_rot-1bit": 180,
    "letter10_300dpi_serif_rot-1bit-skew": 270,
}


@dataclass(frozen=True, slots=True)
class Judged:
    kind: str
    name: str
    held_out: bool
    recall: float
    errors: float
    language: str
    blank: bool


def all_samples(shared_data: Path) -> list[tuple[str, int, Sample]]:
    return [
        (name, number, sample)
        for name in SETS
        for number, sample in enumerate(samples(shared_data / "scans" / name))
    ]


def kind_of(set_name: str, sample: Sample) -> str:
    return "fraktur" if sample.path.name.startswith(FRAKTUR) else set_name


def judge(recogniser: Recogniser, set_name: str, number: int, sample: Sample) -> Judged:
    read = recogniser.recognise(sample.path, PROFILE, subject=f"{set_name} {number}", threads=1)
    text = "\n".join(page.text for page in read.pages)
    stack = "stack" in sample.path.name  # its third page is blank
    return Judged(
        kind=kind_of(set_name, sample),
        name=sample.path.stem,
        held_out=number % 2 == 1,
        recall=word_recall(sample.truth, text),
        errors=character_error_rate(sample.truth, text),
        language="/".join(sorted({page.language for page in read.pages} - {""})),
        blank=any(page.blank != "content" for page in read.pages) and not stack,
    )


def table(rows: list[Judged]) -> str:
    lines = [f"{'set':<22}{'half':<10}{'pages':>6}  recall mean / median / least   CER median"]
    for kind in dict.fromkeys(row.kind for row in rows):
        for half, chosen in (
            ("all", [row for row in rows if row.kind == kind]),
            ("chosen on", [row for row in rows if row.kind == kind and not row.held_out]),
            ("held out", [row for row in rows if row.kind == kind and row.held_out]),
        ):
            if chosen:
                recall = [row.recall for row in chosen]
                errors = statistics.median(row.errors for row in chosen)
                lines.append(
                    f"{kind:<22}{half:<10}{len(chosen):>6}  {statistics.mean(recall):.3f} / "
                    f"{statistics.median(recall):.3f} / {min(recall):.3f}      {errors:.3f}"
                )
    return "\n".join(lines)


def recalls(rows: list[Judged], kind: str, held_out: bool | None = None) -> list[float]:
    return [row.recall for row in rows if row.kind == kind and held_out in (None, row.held_out)]


@pytest.mark.corpus
@pytest.mark.timeout(1800)
def test_quality_of_whole_sets(shared_data: Path, workshop: Workshop) -> None:
    recogniser = Recogniser(workshop)
    with ThreadPoolExecutor(2) as pool:
        rows = list(pool.map(lambda one: judge(recogniser, *one), all_samples(shared_data)))
    print("\n" + table(rows))
    assert statistics.median(recalls(rows, "typewritten")) >= ANTIQUA_MEDIAN
    assert statistics.mean(recalls(rows, "fraktur")) >= FRAKTUR_MEAN
    assert statistics.mean(recalls(rows, "letters_rendered")) >= LETTERS_MEAN
    assert statistics.mean(recalls(rows, "letters_rendered", True)) >= LETTERS_MEAN
    [hard] = [row for row in rows if row.name == "EHRI-NISKO-19391112_DE_02"]
    assert hard.recall >= NISKO
    wrong = [row.name for row in rows if (row.kind == "fraktur") != (row.language == "frk")]
    assert wrong == [], "language by the probe"
    assert [row.name for row in rows if row.blank] == []


@pytest.mark.corpus
@pytest.mark.timeout(3600)
def test_upright_from_all_four_turns(shared_data: Path, workshop: Workshop, tmp_path: Path) -> None:
    """Every page of the three sets, laid on each side; the blank page of the stack has no side."""
    jobs = []
    for set_name, _, sample in all_samples(shared_data):
        if set_name == "fraktur_lines_joined" or sample.path.suffix == ".pdf":
            continue
        for frame in range(4 if "stack" in sample.path.name else 1):
            if "stack" in sample.path.name and frame == 2:
                continue
            jobs += [(sample.path, frame, turn) for turn in (0, 90, 180, 270)]

    def turn_found(turned: tuple[Path, int, int]) -> tuple[str, int, int, int, str]:
        path, frame, turn = turned
        laid = tmp_path / f"{path.stem}-{frame}-{turn}.png"
        look = open_source(path).page(frame + 1).grey()
        clockwise = {90: Image.Transpose.ROTATE_270, 180: Image.Transpose.ROTATE_180,
                     270: Image.Transpose.ROTATE_90}  # fmt: skip
        image = look.image.transpose(clockwise[turn]) if turn else look.image
        image.save(laid, dpi=(look.dpi, look.dpi), compress_level=1)
        page = workshop.run(READ_PAGE(laid, 1, 0, PROFILE), seconds=180, subject=laid.name)
        laid.unlink()
        already = TURNED_ALREADY.get(path.stem, 0)
        return path.stem, turn, (page.turn + turn + already) % 360, page.turn, page.blank

    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(turn_found, jobs))
    wrong = [one for one in found if one[2] != 0]
    print(f"\nread upright: {len(found) - len(wrong)} of {len(found)}")
    assert wrong == []
    assert [one for one in found if one[4] != "content"] == []


def test_every_page_of_the_sets_is_told_apart(shared_data: Path) -> None:
    """The halves are not empty, so that a figure held out says something."""
    found = all_samples(shared_data)
    for name in SETS:
        numbers = [number for set_name, number, _ in found if set_name == name]
        assert len(numbers) >= 4 and {number % 2 for number in numbers} == {0, 1}


def test_once_means_once(shared_data: Path) -> None:
    """No other script and no turn is tried where the profile says once."""
    path = shared_data / "scans/print/laube_europa0202_1837_0006.jpg"
    once = read_page(path, 1, 0, ScanProfile(second_look=False))
    assert once.language == "deu"
    lying = shared_data / "scans/letters_rendered/letter09_300dpi_modern_rot-1bit.tif"
    assert read_page(lying, 1, 0, ScanProfile(second_look=False)).turn == 0
    assert read_page(lying, 1, 0, ScanProfile(second_look=False, may_rotate=True)).turn == 180
