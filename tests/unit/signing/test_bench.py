"""The measuring itself: both sides look at the same signatures; the large file is really signed."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from signing.bench import compare, engine_alone, large_file
from signing.report.interface import Conclusion
from signing.trust.trust_folder import Trust
from tests.unit.signing.make import pdf, write
from tests.unit.signing.pki import Pki

AT = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)


def test_both_sides_see_the_same(tmp_path: Path) -> None:
    pki = Pki(tmp_path / "pki")
    trust = Trust(pki.trust(tmp_path / "trust"))
    stored = pki.store(pki.sign(pdf(), "good", stamped=AT), AT)
    path = write(tmp_path, "b-lta.pdf", pki.stamp(stored, AT))
    cost = compare(path, trust, at=AT, rounds=1)
    assert cost.signatures == engine_alone(path, trust, AT) == 2
    assert cost.ratio is not None and cost.ratio > 0


def test_a_file_that_the_engine_refuses_has_no_ratio(tmp_path: Path) -> None:
    cost = compare(write(tmp_path, "x.pdf", b"%PDF-1.7 nothing"), None, at=AT, rounds=1)
    assert cost.theirs is None and cost.ratio is None


@pytest.mark.corpus
def test_a_large_file_needs_little_memory() -> None:
    large = large_file(at=AT)
    print(
        f"\n{large.size / 1e6:.0f} MB signed PDF: {large.conclusion}, {large.peak >> 20} MiB at most"
    )
    assert large.conclusion is Conclusion.INTACT
    assert large.peak < 400 * 2**20
