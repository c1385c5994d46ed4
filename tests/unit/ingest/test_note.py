"""The note names what was found: its words must be the words of those who find."""

from __future__ import annotations

import re
from pathlib import Path

from ingest.note import ANOMALIES

REFERENCE = Path(__file__).resolve().parents[3] / "docs" / "reference" / "ocr.md"


def test_every_anomaly_is_a_finding_that_exists() -> None:
    known = set(re.findall(r"`([a-z0-9]+\.[a-z_]+)`", REFERENCE.read_text("utf-8")))
    pages = [key for key in ANOMALIES if key != "signature"]  # of the signing room
    assert [key for key in pages if not any(code.startswith(key) for code in known)] == []
