"""``registratur purge``: as a records manager, with a reason, in the trail on the operator's behalf."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from typer.testing import CliRunner

from api.cli import application
from api.commands.service.init import make_home
from api.wiring import house
from archive.audit.trail import Actor
from archive.intake import earlier_attempts, items
from archive.model import RenditionRole
from archive.stages import Stage
from archive.views import listing
from config.errors import Forbidden, HoldReason, UsageError
from config.settings import load
from ingest.doors.intake import Arrival
from ingest.queue.fair_queueing import Kind, Sender
from ingest.upkeep.sweep import tidy
from tests.contract.rig import rendition

BY = Actor(user="test")
SENDER = Sender(Kind.COMMAND, "test")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    place = tmp_path / "home"
    make_home(place, with_sample=True, environment={})
    monkeypatch.setenv("REGISTRATUR_HOME", str(place))
    return place


def retried(home: Path) -> str:
    """An item whose first signature report was made anew; it is held again."""
    with house(load(home, environment={})) as built:
        engines, intake = built.engines, built.intake
        arrival = Arrival(source=b"a.pdf", stream="mailroom", by=BY, sender=SENDER)
        item_id = intake.take(arrival, io.BytesIO(b"x"))
        report = rendition(b"r", RenditionRole.SIGNATURE_REPORT)
        engines.objects.put(io.BytesIO(b"r"))
        with engines.database.write() as session:
            at = engines.clock()
            items.add_rendition(session, item_id, None, report, at=at)
            items.hold_item(session, item_id, HoldReason.UNREADABLE, "x", by=BY, at=at)
            items.release_item(session, item_id, to=Stage.RECEIVED, reason="x", by=BY, at=at)
            items.hold_item(session, item_id, HoldReason.UNREADABLE, "x", by=BY, at=at)
        tidy(engines)
        assert engines.objects.has(report.sha256)
        return item_id


def test_what_earlier_attempts_made_goes_with_a_reason(home: Path) -> None:
    item_id = retried(home)
    app, run = application(), CliRunner().invoke
    refused = run(app, ["purge", item_id, "--as", "verwaltung", "--reason", "x"])
    assert refused.exit_code != 0
    for words, error in (
        (["--as", "bauamt", "--reason", "Frist"], Forbidden),
        (["--as", "registratur", "--reason", " "], UsageError),
    ):
        assert isinstance(run(app, ["purge", item_id, *words]).exception, error)
    done = run(app, ["purge", item_id, "--as", "registratur", "--reason", "Löschfrist"])
    assert done.exit_code == 0, done
    with house(load(home, environment={})) as built, built.engines.database.read() as session:
        (event,) = [
            entry
            for entry in listing.operator_history(session, item_id)
            if entry.action == earlier_attempts.PURGED
        ]
        assert (event.actor, event.reason) == ("registratur", "Löschfrist")
        assert earlier_attempts.of_item(session, item_id) == ()
        tidy(built.engines)
        assert not built.engines.objects.has(rendition(b"r").sha256)
