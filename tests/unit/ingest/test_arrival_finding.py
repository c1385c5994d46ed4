"""The day of an arrival stamp is told to a person and takes no place of its own."""

from __future__ import annotations

from datetime import date

from archive.model import ARRIVAL_STAMP, Severity
from ingest.road.recognising import arrival_findings

CUSTODY = date(2024, 3, 18)


def test_a_stamp_of_another_day_is_an_offer_with_its_day() -> None:
    [found] = arrival_findings(date(2024, 3, 16), CUSTODY)
    assert (found.code, found.severity, found.page) == (ARRIVAL_STAMP, Severity.INFO, 1)
    assert found.detail["date"] == "2024-03-16"
    assert "16.03.2024" in found.text and "18.03.2024" in found.text


def test_a_stamp_of_the_day_of_custody_and_no_stamp_say_nothing() -> None:
    assert arrival_findings(CUSTODY, CUSTODY) == () == arrival_findings(None, CUSTODY)
