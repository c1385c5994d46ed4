"""The note names what was found: its words must be the words of those who find."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from archive.intake.sources import Sources
from archive.model import Finding, Rendition, RenditionRole
from ingest.road.transfer_note import ANOMALIES, MADE_OF_ORIGINAL, anomalies, source_of, supplement

REFERENCE = Path(__file__).resolve().parents[3] / "docs" / "reference" / "ocr.md"


def test_every_anomaly_is_a_finding_that_exists() -> None:
    known = set(re.findall(r"`([a-z0-9]+\.[a-z_]+)`", REFERENCE.read_text("utf-8")))
    pages = [key for key in ANOMALIES if key != "signature"]  # of the signing room
    assert [key for key in pages if not any(code.startswith(key) for code in known)] == []


def file(role: RenditionRole, sha256: str, derived_from: str | None = None) -> Rendition:
    return Rendition(
        role=role, sha256=sha256, size=1, media_type="x", file_name="x", derived_from=derived_from
    )


ORIGINAL = file(RenditionRole.ORIGINAL, "original")
LATER = file(RenditionRole.SUPPLEMENT, "later")
CASES = {
    "original": (ORIGINAL, "unverändert aufbewahrten Originaldatei erzeugt"),
    "supplement": (LATER, "nachgereichten"),
    "original opened": (file(RenditionRole.WORKING_COPY, "o", "original"), "Kennwort"),
    "supplement opened": (file(RenditionRole.WORKING_COPY, "o", "later"), "nachgereichten"),
    "unknown": (file(RenditionRole.WORKING_COPY, "o"), "nicht aufgezeichnet"),
}


@pytest.mark.parametrize("case", CASES)
def test_the_note_claims_the_original_only_where_it_was_read(case: str) -> None:
    reads, words = CASES[case]
    sources = Sources(
        original=ORIGINAL, supplements=(LATER,), opened=(), reads=reads, infected=frozenset()
    )
    said = source_of(sources)
    assert words in said["statement"]
    assert (MADE_OF_ORIGINAL in said["statement"]) == (case == "original")
    assert (said["role"], said["sha256"]) == (reads.role.value, reads.sha256)
    assert (said["opened"] is not None) == (reads.role is RenditionRole.WORKING_COPY)


def test_what_carries_no_signature_is_not_said_to_carry_one() -> None:
    unsigned = Finding(code="signature.unsigned", text="Keine elektronische Signatur gefunden.")
    broken = Finding(code="signature.broken", text="Die Signatur stimmt nicht.")
    (named,) = anomalies([unsigned, broken], [], None)
    assert (named["code"], named["text"]) == ("SIGNED_PDF_INSIDE", broken.text)


def test_what_could_not_be_looked_into_is_not_said_to_be_signed() -> None:
    code, text = "signature.indeterminate", "Nicht entscheidbar."
    closed = Finding(code=code, text=text, detail={"signed": False})
    traced = Finding(code=code, text=text, detail={"signed": True})
    before = Finding(code=code, text=text)  # as earlier releases kept it
    codes = [each["code"] for each in anomalies([closed, traced, before], [], None)]
    assert codes == ["SIGNATURE_NOT_DECIDED", "SIGNED_PDF_INSIDE", "SIGNED_PDF_INSIDE"]


def test_a_document_of_a_stack_has_the_anomalies_of_its_own_pages() -> None:
    first = Finding(code="scan.monochrome", text="Seite 1 ist schwarz-weiß", page=1)
    several = Finding(code="scan.low_dpi", text="Seiten 3, 5", detail={"pages": [3, 5]})
    whole = Finding(code="pdf.einvoice", text="Rechnung")
    of_item = [first, several, whole]
    assert len(anomalies(of_item, [], None)) == 3
    assert [each["text"] for each in anomalies(of_item, [], (3, 3))] == [several.text, whole.text]
    assert [each["text"] for each in anomalies(of_item, [], (1, 1))] == [first.text, whole.text]


def test_a_page_of_the_copy_that_differs_is_named() -> None:
    differs = Finding(code="copy.differs", text="Seite 1 sieht anders aus", page=1)
    assert anomalies([], [differs], None)[0]["code"] == "COPY_DIFFERS"


def looked_at(*named: dict[str, Any], result: str = "passed") -> dict[str, Any]:
    """What the next note states after a person said this of every page."""
    first = {"kind": "transfer_note", "note_version": 1, "anomalies": list(named), "steps": []}
    note = supplement(
        first,
        first_sha256="0" * 64,
        note_id="n",
        result=result,
        checked_by="bauamt",
        checked_at=datetime(2026, 3, 2, tzinfo=UTC),
        pages=[],
        steps=(),
        host="scanner",
    )
    statement: dict[str, Any] = note["conformity_statement"]
    return statement


@pytest.mark.parametrize("code", ["copy.differs", "copy.page_count"])
def test_a_copy_that_differs_is_never_stated_to_conform(code: str) -> None:
    """Whatever the person said of the pages; what stands against it is named."""
    named = anomalies([], [Finding(code=code, text="Seite 2 sieht anders aus", page=2)], None)
    statement = looked_at(*named)
    assert (statement["visual"], statement["content"]) == (False, False)
    assert statement["exceptions"] == ["Seite 2 sieht anders aus"]


def test_a_comparison_that_could_not_be_made_is_named_beside_the_persons_word() -> None:
    named = anomalies([], [Finding(code="copy.not_compared", text="nicht verglichen")], None)
    statement = looked_at(*named)
    assert (statement["visual"], statement["exceptions"]) == (True, ["nicht verglichen"])


def test_a_copy_without_differences_has_the_persons_word_alone() -> None:
    assert looked_at()["visual"] and "exceptions" not in looked_at()
    assert looked_at(result="failed")["visual"] is False
