"""The door: validation in a real child, and what becomes of a child that does not answer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

import signing.verify
from config.errors import Unavailable
from config.isolation import Workshop
from signing.children import VALIDATE
from signing.report.interface import Conclusion, Reason, from_json, to_json
from signing.verify import PRELOAD, Verifier
from tests.unit.signing.make import AT, cms, pdf, sign, signer, write


@pytest.fixture(scope="module")
def workshop() -> Iterator[Workshop]:
    with Workshop(size=1, preload=PRELOAD) as made:
        yield made


def test_a_signed_file(workshop: Workshop, tmp_path: Path) -> None:
    path = write(tmp_path, "letter.pdf", sign(pdf(), signer()))
    report = Verifier(workshop, clock=lambda: AT).verify(path, subject="letter.pdf")
    assert report.conclusion is Conclusion.INTACT
    assert report.file == "letter.pdf"
    assert report.validation_time == AT
    assert report.engine.name
    assert from_json(to_json(report)) == report


def test_a_time_may_be_named(workshop: Workshop, tmp_path: Path) -> None:
    path = write(tmp_path, "plain.pdf", pdf())
    then = AT - timedelta(days=3)
    report = Verifier(workshop, clock=lambda: AT).verify(path, at=then, subject="plain.pdf")
    assert report.validation_time == then
    assert report.conclusion is Conclusion.UNSIGNED


def test_content_beside_and_named(workshop: Workshop, tmp_path: Path) -> None:
    content = b"Antrag"
    signature = write(tmp_path, "antrag.txt.p7s", cms(content, signer(), detached=True))
    verifier = Verifier(workshop, clock=lambda: AT)
    alone = verifier.verify(signature, subject="antrag.txt.p7s")
    assert alone.conclusion is Conclusion.INDETERMINATE
    write(tmp_path, "antrag.txt", content)
    assert verifier.verify(signature, subject="s").conclusion is Conclusion.INTACT
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    write(elsewhere, "other.txt", b"other")
    write(elsewhere, "name.txt", content)
    found = verifier.verify(signature, content=(elsewhere,), subject="s")
    assert found.conclusion is Conclusion.INTACT
    assert found.contents[0][0] == "name.txt"


@pytest.mark.parametrize(
    ("job", "said"),
    [
        ("hang", "letter: seit 2 s ohne Fortschritt"),
        ("die", "letter: the child process died"),
        ("eat", "MiB Arbeitsspeicher"),
        ("fail", "something unforeseen"),
        ("chatter", "letter: the child answered a str"),
    ],
)
def test_a_child_that_does_not_answer_is_no_pass(
    job: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = replace(VALIDATE, function=f"tests.unit.signing.jobs:{job}")
    monkeypatch.setattr(signing.verify, "VALIDATE", broken)
    path = write(tmp_path, "letter.pdf", sign(pdf(), signer()))
    with Workshop(size=1, memory=1 << 30, idle_seconds=2.0) as workshop:
        report = Verifier(workshop, clock=lambda: AT, seconds=20.0).verify(path, subject="letter")
    assert report.conclusion is Conclusion.INDETERMINATE
    assert report.reasons == (Reason.CHECK_DIED,)
    assert said in report.warnings[0]
    assert report.forms == ("pdf",)
    assert from_json(to_json(report)) == report


def test_a_missing_file_is_said_to_be_missing(workshop: Workshop, tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="gone"):
        Verifier(workshop).verify(tmp_path / "gone.pdf", subject="gone.pdf")
