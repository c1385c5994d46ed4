"""The note names what was found: its words must be the words of those who find."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from archive.model import Rendition, RenditionRole
from archive.sources import Sources
from ingest.note import ANOMALIES, MADE_OF_ORIGINAL, source_of

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
