"""Pages beyond the limits of PDF/A are written in another unit, and look as before."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from pikepdf import Array, Dictionary, Name, Pdf
from PIL import ImageChops

from ocr.pdf.opening import open_pdf
from ocr.pdfa.page_limits import fit_to_limits, unit_for
from ocr.pdfa.validator import Validator
from ocr.pdfa.writing import Task, overlay, rebuild
from ocr.recognition.page_reading import read_page
from ocr.scan_profile import ScanProfile
from tests.unit.ocr.conftest import recognition
from tests.unit.ocr.pdfs import annotation, drawn, lines, page

PROFILE = ScanProfile(languages=("deu",))


def roll(path: Path, size: tuple[float, float], *, unit: float = 1) -> Path:
    """A long plan with a pattern, whose matrix does not follow that of the page."""
    pdf = Pdf.new()
    cell = pdf.make_stream(
        b"0 0 %d %d re f" % (size[0] / 8, size[1] / 20),
        PatternType=1,
        PaintType=1,
        TilingType=1,
        BBox=Array([0, 0, size[0] / 4, size[1] / 10]),
        XStep=size[0] / 4,
        YStep=size[1] / 10,
        Resources=Dictionary(),
        Matrix=Array([1, 0, 0, 1, size[0] / 30, 0]),
    )
    content = b"/Pattern cs /P scn 0 0 %.1f %.1f re f\n" % (size[0], size[1] / 4)
    content += b"0 g\n" + lines("Rollenplan", x=size[0] / 10, y=size[1] / 2, size=size[1] / 8)
    sheet = page(pdf, content, size=size, Pattern=Dictionary(P=cell))
    sheet["/Annots"] = Array([annotation(pdf, "Link", [0, 0, 100, 50])])
    if unit != 1:
        sheet["/UserUnit"] = unit
    pdf.save(path)
    return path


def test_units_keep_to_the_limits() -> None:
    for side in (1, 2.9, 3, 595, 14400, 14401, 20000, 1_000_000):
        unit = unit_for(side, side)
        assert 3 <= side / unit <= 14400
    assert unit_for(595, 842) == 1


@pytest.mark.parametrize("size", [(20000, 3400), (2.0, 2.5)])
def test_a_page_looks_as_before(tmp_path: Path, size: tuple[float, float]) -> None:
    path, out = roll(tmp_path / "in.pdf", size, unit=2), tmp_path / "out.pdf"
    with open_pdf(path) as pdf:
        assert fit_to_limits(pdf, pdf.pages[0])
        made = pdf.pages[0].obj
        unit = float(made.UserUnit)
        assert float(made.MediaBox[2]) * unit == pytest.approx(2 * size[0], rel=1e-4)
        assert float(made.Annots[0].Rect[2]) * unit == pytest.approx(200, rel=1e-3)
        pdf.save(out)
    before = drawn(path, dpi=72 * 800 / size[0])
    after = drawn(out, dpi=72 * 800 / (2 * size[0] / unit)).resize(before.size)
    changed = ImageChops.difference(before, after).convert("L").point(lambda tone: tone > 128)
    assert sum(changed.tobytes()) < 0.02 * before.width * before.height


def test_other_pages_are_left_alone(tmp_path: Path) -> None:
    with open_pdf(roll(tmp_path / "in.pdf", (2000, 1000))) as pdf:
        assert not fit_to_limits(pdf, pdf.pages[0])
        assert Name.UserUnit not in pdf.pages[0].obj


@pytest.mark.parametrize(
    ("way", "size"),
    [
        (overlay, (15000, 400)),
        pytest.param(overlay, (20000, 3400), marks=pytest.mark.campaign),
        pytest.param(rebuild, (20000, 3400), marks=pytest.mark.campaign),
    ],
)
def test_a_roll_plan_becomes_an_archival_copy(
    tmp_path: Path,
    validator: Validator,
    way: Callable[[Task], tuple[str, ...]],
    size: tuple[float, float],
) -> None:
    path, out = roll(tmp_path / "in.pdf", size), tmp_path / "out.pdf"
    read = read_page(path, 1, 0, PROFILE)
    assert (read.width, read.height) == size
    steps = way(
        Task(
            source=path,
            out=out,
            recognition=recognition(read),
            flavour="3b",
            title=None,
            pages=None,
            keep_attachments=True,
        )
    )
    failed = {(rule["clause"], rule["test"]) for rule in validator.validate(out, "3b").failed}
    assert failed <= {("6.2.11.4.1", 1)}, steps  # its font is not embedded
    if any("Bilder ihrer selbst" in step for step in steps):
        assert failed == set()
        assert any("gröber abgebildet" in step for step in steps)
