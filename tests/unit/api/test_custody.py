"""Whoever puts objects holds custody until the commit that refers to them: no sweep comes between."""

from __future__ import annotations

import io
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

import pikepdf
import pytest

from archive.audit import trail
from archive.intake import documents, items, object_references
from archive.model import Reader
from archive.people import accounts
from archive.store import objects_folder
from archive.store.objects import Stored
from archive.store.objects_folder import FolderStore
from config.errors import HoldReason
from ingest.acts.road import held
from ingest.acts.road.quality import PageLook, RecordLook
from ingest.acts.road.revalidation import Revalidate
from ingest.doors.intake import Arrival
from ingest.engines import Engines
from ingest.queue.fair_queueing import Kind, Sender
from ingest.road.verifying import look
from ingest.upkeep.sweep import tidy
from signing.verify import Verifier
from tests.acting import seated
from tests.contract.rig import Rig
from tests.unit.api.building import BY, House
from tests.unit.api.paper import pdf

SENDER = Sender(Kind.COMMAND, "test")


class SweptStore(FolderStore):
    """After each object that is put, the sweep runs, as the minute may have it."""

    known: Callable[[], set[str]]
    puts: tuple[str, ...] = ()

    def put(self, source: Path | BinaryIO, *, expected: str | None = None) -> Stored:
        stored = super().put(source, expected=expected)
        if not isinstance(source, Path):  # a path is put by way of a stream
            self.puts += (stored.sha256,)
            self.sweep(lambda asked: asked & self.known())
        return stored


@pytest.fixture
def swept(house: House, monkeypatch: pytest.MonkeyPatch) -> tuple[House, Engines, SweptStore]:
    monkeypatch.setattr(objects_folder, "TRIES", 1)
    store = SweptStore(house.service.objects.root, fsync=False)  # type: ignore[attr-defined]

    def known() -> set[str]:
        with house.database.read() as session:
            return object_references.referenced(session)

    store.known = known
    engines = house.service.engines
    verifier = Verifier(engines.workshop, clock=engines.clock)
    return house, replace(engines, objects=store, verifier=verifier), store


def check_again(house: House, engines: Engines) -> None:
    item_id = house.receive("a.pdf")
    with house.database.read() as session:
        item = items.load_item(session, item_id)
    quiet = replace(engines, objects=house.service.objects)  # what lies there before
    (first,) = look(quiet, item, first_version=1)
    with house.database.write() as session:
        items.add_rendition(session, item_id, None, first.kept, at=house.clock())
    document = house.separate(item_id)
    Revalidate(document_id=document).perform(engines, seated(_reader(house, "revision")))


def hand_in(house: House, engines: Engines) -> None:
    item_id = house.receive("kaputt.pdf")
    house.hold(item_id, HoldReason.UNREADABLE, "unlesbar")
    path = engines.settings.home / "neu.pdf"
    path.write_bytes(pdf(("neu",), 77))
    held.SupplyFile(item_id=item_id, path=path, file_name="neu.pdf", reason="neu").perform(
        engines, seated(_reader(house))
    )


def open_with_password(house: House, engines: Engines) -> None:
    locked = io.BytesIO()
    with pikepdf.open(io.BytesIO(pdf(("geheim",), 78))) as document:
        document.save(locked, encryption=pikepdf.Encryption(owner="x", user="geheim"))
    item_id = house.receive("zu.pdf", content=locked.getvalue())
    house.hold(item_id, HoldReason.ENCRYPTED, "verschlüsselt")
    held.GivePassword(item_id=item_id, password="geheim").perform(engines, seated(_reader(house)))


def check_quality(house: House, engines: Engines) -> None:
    document = house.file(pages=("eins",))
    RecordLook(document_id=document, looks=(PageLook(page=1, ok=True),)).perform(
        engines, seated(_reader(house, "bauamt"))
    )
    with house.database.read() as session:
        assert documents.load_document(session, document).qa == "passed"


def take(house: House, engines: Engines) -> None:
    intake = replace(house.service.intake, objects=engines.objects)
    intake.take(
        Arrival(source=b"a.pdf", stream="mailroom", by=BY, sender=SENDER),
        io.BytesIO(pdf(("a",), 79)),
    )


def _reader(house: House, user: str = "poststelle") -> Reader:
    with house.database.read() as session:
        return accounts.reader(session, user)


@pytest.mark.parametrize("act", [check_again, hand_in, open_with_password, check_quality, take])
def test_no_sweep_comes_between_put_and_commit(
    swept: tuple[House, Engines, SweptStore], act: Callable[[House, Engines], None]
) -> None:
    house, engines, store = swept
    act(house, engines)
    assert store.puts
    assert [sha256 for sha256 in store.puts if store.check(sha256) != "ok"] == []
    assert set(store.puts) <= store.known()


def test_nothing_is_removed_that_a_commit_on_its_way_refers_to(house: House) -> None:
    """The program may have died in it, its custody with it; the server comes to an end all the same."""
    content = pdf(("eben noch",), 81)
    address = house.service.objects.put(io.BytesIO(content)).sha256
    began, go_on = threading.Event(), threading.Event()

    def commit_late() -> None:
        with house.database.write() as session:
            rig = Rig(session)
            rig.item("i-late", content)
            session.flush()
            began.set()
            go_on.wait(60)

    writer = threading.Thread(target=commit_late)
    writer.start()
    assert began.wait(60)
    sweeper = threading.Thread(target=tidy, args=(house.service.engines,))
    sweeper.start()
    sweeper.join(1)  # it waits for the commit; whoever does not wait is done by now
    go_on.set()
    writer.join()
    sweeper.join()
    assert house.service.objects.has(address)


def test_tidying_keeps_what_the_trail_names_and_takes_the_rest(house: House) -> None:
    """A lost row does not take its bytes with it; what nobody ever named goes."""
    item_id = house.receive("a.pdf")
    named = house.service.objects.put(io.BytesIO(b"named by an event alone")).sha256
    stray = house.service.objects.put(io.BytesIO(b"of a step that failed")).sha256
    with house.database.write() as session:
        trail.append(
            session, at=house.clock(), by=BY, action="OCR_DONE", object_type="item",
            object_id=item_id, detail={"text_sha256": named},
        )  # fmt: skip
    tidy(house.service.engines)
    assert house.service.objects.has(named) and not house.service.objects.has(stray)
    with house.database.read() as session:
        assert house.service.objects.has(items.load_item(session, item_id).sha256)
