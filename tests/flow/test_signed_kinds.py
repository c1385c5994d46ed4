"""Through the whole intake: what looks signed is taken, checked, and never called unsigned."""

from __future__ import annotations

import io

import pytest

from api.wiring import House
from archive.model import RenditionRole
from archive.stages import Outcome
from config.filekind import FileKind
from ingest.doors.intake import Arrival
from ingest.queue.fair_queueing import Kind, Sender
from ingest.road.checking import check
from ingest.road.step_input import report_of
from ingest.road.verifying import verify
from signing.report.interface import Conclusion
from tests.flow.conftest import TEST, Flow
from tests.unit.signing.make import signer
from tests.unit.signing.wrapped import wrapped

SENDER = Sender(Kind.COMMAND, "test")
#: What has pages walks a longer way and has tests of its own.
CASES = {name: (data, kind) for name, data, kind in wrapped(signer()) if kind is not FileKind.PDF}


#: The same list is tried on the two judges alone in tests/unit/signing/test_one_judgement.py.
pytestmark = [pytest.mark.campaign, pytest.mark.timeout(0)]


@pytest.fixture(scope="module")
def environment() -> dict[str, str]:
    """The database is no matter here."""
    return {}


@pytest.mark.parametrize("name", CASES)
def test_what_looks_signed_is_taken_and_checked(name: str, house: House) -> None:
    data, kind = CASES[name]
    arrival = Arrival(source=name.encode(), stream="mailroom", by=TEST, sender=SENDER)
    item_id = house.intake.take(arrival, io.BytesIO(data))
    assert check(house.engines, item_id).detail["kind"] == kind.value
    assert verify(house.engines, item_id).detail["conclusion"] != Conclusion.UNSIGNED.value


def test_what_looks_signed_is_archived_with_its_report(flow: Flow) -> None:
    taken = [flow.take(data, f"{name} 2") for name, (data, _) in CASES.items()]
    for item_id in taken:
        item = flow.wait(item_id)
        assert item.outcome is Outcome.ARCHIVED, (item.held_reason, item.held_text)
        report = report_of(flow.engines, item.id, item.sha256)
        assert report.conclusion is not Conclusion.UNSIGNED
        (document,) = item.documents
        kept = {each.role for each in flow.document(document).renditions}
        assert RenditionRole.TEXT in kept
