"""veraPDF behind its pipe: right verdicts, and no verdict when none could be made."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from ocr.engines import language_models
from ocr.pdfa.validator import Validator
from ocr.tools import check
from tests.unit.ocr.conftest import JARS

FILES = {
    "PDF_A-1b__6-1-4-t03-pass-b.pdf": ("1b", "compliant"),
    "PDF_A-1b__6-1-12-t08-fail-a.pdf": ("1b", "non-compliant"),
    "PDF_A-2b__6-2-5-t02-pass-a.pdf": ("2b", "compliant"),
    "PDF_A-2b__6-3-2-t01-fail-n.pdf": ("2b", "non-compliant"),
    "PDF_A-3b__6-8-t02-pass-d.pdf": ("3b", "compliant"),
    "PDF_A-3b__6-8-t02-fail-d.pdf": ("3b", "non-compliant"),
}


@pytest.mark.parametrize("name", FILES)
def test_corpus(shared_data: Path, validator: Validator, name: str) -> None:
    verdict = validator.validate(shared_data / "pdfa" / name)
    assert (verdict.flavour, verdict.status) == FILES[name]
    assert verdict.compliant or verdict.failed[0]["clause"]


@pytest.mark.corpus
def test_whole_corpus(shared_data: Path, validator: Validator) -> None:
    for path in sorted((shared_data / "pdfa").glob("PDF_A-*.pdf")):
        wanted = "compliant" if "-pass-" in path.name else "non-compliant"
        assert validator.validate(path).status == wanted, path.name


def test_no_claim_is_not_compliant(shared_data: Path, validator: Validator) -> None:
    verdict = validator.validate(shared_data / "scans/misc/letter-de.pdf")
    assert (verdict.status, verdict.flavour) == ("non-compliant", None)


@pytest.mark.parametrize("name", ["qpdf_issue-100.pdf", "zero-byte.pdf", "pdfjs_issue6010_1.pdf"])
def test_what_cannot_be_read_is_not_judged(
    shared_data: Path, validator: Validator, name: str
) -> None:
    verdict = validator.validate(shared_data / "broken" / name, "2b")
    assert verdict.status == "not-validated" and verdict.error and verdict.able


def test_a_missing_file_is_not_judged(tmp_path: Path, validator: Validator) -> None:
    assert validator.validate(tmp_path / "none.pdf", "2b").status == "not-validated"


def test_death_and_deadline_end_without_a_verdict(shared_data: Path, validator: Validator) -> None:
    good = shared_data / "pdfa/PDF_A-2b__6-2-5-t02-pass-a.pdf"
    judge = Validator(JARS)
    try:
        assert judge.validate(good).compliant
        assert judge._process is not None
        os.kill(judge._process.pid, signal.SIGKILL)
        judge._process.wait()
        assert judge.validate(good).compliant  # started anew
        hurried = Validator(JARS, seconds=0.0)
        try:
            verdict = hurried.validate(good)
            assert verdict.status == "not-validated" and "Rechenzeit" in (verdict.error or "")
        finally:
            hurried.close()
    finally:
        judge.close()


def test_without_jars_or_java(tmp_path: Path) -> None:
    for judge in (Validator(tmp_path), Validator(JARS, java=tmp_path / "java")):
        verdict = judge.validate(tmp_path / "a.pdf", "3b")
        assert verdict.status == "not-validated" and verdict.error
        judge.close()


def test_that_the_validator_is_missing_is_kept_without_its_path(tmp_path: Path) -> None:
    said = Validator(tmp_path).validate(tmp_path / "a.pdf").error
    assert said is not None and "doctor" in said and str(tmp_path) not in said


def test_doctor_names_the_remedy(tmp_path: Path) -> None:
    tools = {tool.name: tool for tool in check(tmp_path)}
    assert tools["tesseract"].ok and tools["Sprachmodell deu"].ok
    assert not tools["veraPDF"].ok and "fetch-verapdf" in tools["veraPDF"].remedy
    assert tools["veraPDF"].remedy.endswith(str(tmp_path))


def test_doctor_names_a_model_that_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(language_models, "languages", lambda: frozenset({"deu", "osd"}))
    eng = {tool.name: tool for tool in check(tmp_path)}["Sprachmodell eng"]
    assert not eng.ok and not eng.needed
    assert "apt install tesseract-ocr-eng" in eng.remedy and "§" in eng.remedy
