"""The fresh look's own tools: its inputs are what they claim, its eyes see what is lost."""

from __future__ import annotations

import warnings
from collections import Counter
from pathlib import Path

import pikepdf
import pytest
from pikepdf import Pdf

from tests.fresh_look import drawing, pdfs
from tests.fresh_look.all_cases import CASES
from tests.fresh_look.judge import Observed, judge
from tests.fresh_look.model import Case, Shows

BY_NAME = {case.name: case for case in CASES}
FIRST_OF_KIND = list({case.kind: case for case in reversed(CASES)}.values())
RANDOM = {"encrypted"}  #: salts and vectors are drawn anew by each encryption


def test_words_and_names_are_used_once() -> None:
    words = Counter(
        word for case in CASES for word in (*case.expected.words, *case.expected.absent)
    )
    assert {word for word, times in words.items() if times > 1} == set()
    assert len(BY_NAME) == len(CASES)


def test_every_input_says_what_is_expected_and_most_come_from_reports() -> None:
    assert all("Expected:" in case.text for case in CASES)
    assert all(case.expected.shows is not Shows.PICTURE or case.expected.picture for case in CASES)
    assert sum(case.link != "own choice" for case in CASES) >= 30


@pytest.mark.parametrize("case", FIRST_OF_KIND, ids=lambda case: str(case.name))
def test_a_builder_gives_the_same_bytes_twice(case: Case, tmp_path: Path) -> None:
    if case.kind in RANDOM:
        pytest.skip("an encryption draws its salts anew")
    files = (tmp_path / f"1{case.suffix}", tmp_path / f"2{case.suffix}")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", pikepdf.PageCopyWarning)
        for file in files:
            case.build(file)
    assert files[0].read_bytes() == files[1].read_bytes()


def _letter(path: Path, lines: list[str]) -> Path:
    pdf = Pdf.new()
    pdfs.add_page(pdf, pdfs.MARKS + pdfs.text(lines, 50, 500, 8))
    pdfs.save(pdf, path)
    return path


def test_a_lost_line_is_seen_and_another_drawer_is_no_loss(tmp_path: Path) -> None:
    lines = ["Landratsamt Musterkreis", "Ihr Antrag ist eingegangen.", "Mit freundlichen Grüßen"]
    whole = _letter(tmp_path / "whole.pdf", lines)
    less = _letter(tmp_path / "less.pdf", [lines[0], "", lines[2]])
    drawn = drawing.by_pdfium(whole, 0)
    assert drawing.difference(drawn, drawing.by_pdfium(less, 0)) > 2 * drawing.NOISE
    assert drawing.difference(drawn, drawing.by_poppler(whole, 0)) <= drawing.NOISE


def test_a_picture_upside_down_is_seen() -> None:
    image = drawing.sheet("Probe", (582, 827))
    assert drawing.difference(image, image.rotate(180)) > 2 * drawing.NOISE
    assert drawing.difference(image, image) == 0.0


def _observed(path: Path, *findings: dict[str, str]) -> Observed:
    row = {
        "outcome": "archived",
        "reason": None,
        "findings": list(findings),
        "documents": [{"id": "d1", "pages": 1, "findings": []}],
    }
    return Observed(row, path, frozenset({"Taube"}), True)


def test_a_loss_is_wrong_unless_a_finding_that_blocks_tells_it(tmp_path: Path) -> None:
    case = BY_NAME["picture_nearly_clear"]
    source, copy = tmp_path / "source.pdf", _letter(tmp_path / "copy.pdf", ["Taube"])
    case.build(source)
    assert judge(case, source, _observed(source)).verdict == "ok"
    assert judge(case, source, _observed(copy)).verdict == "WRONG"
    told = {
        "code": "page.differs",
        "text": "Seite 1 fehlt Schrift.",
        "severity": "blocks_destruction",
    }
    assert judge(case, source, _observed(copy, told)).verdict == "told"
    routine = {**told, "code": "scan.low_dpi"}
    assert judge(case, source, _observed(copy, routine)).verdict == "WRONG"


def test_a_name_of_the_program_in_a_reason_is_wrong(tmp_path: Path) -> None:
    case = BY_NAME["avif_of_two_frames"]
    reason = "Das Bild lässt sich nicht öffnen (UnidentifiedImageError). Bitte neu scannen."
    row = {"outcome": "held", "reason": reason, "findings": [], "documents": []}
    judged = judge(case, tmp_path / "none", Observed(row, None, frozenset(), None))
    assert judged.verdict == "WRONG" and len(judged.wrong) == 3
