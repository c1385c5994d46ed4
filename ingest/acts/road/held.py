"""What a person does with an object that is held, or in the wrong department.

Where the object walks again, its work is enqueued in the act's own transaction.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy.orm import Session

from archive import access, plausibility
from archive.efile import filing
from archive.intake import documents, items, sources, supplements
from archive.intake.supplements import Kept
from archive.model import Document, Item, Reader
from archive.stages import Stage
from archive.views import listing
from config.errors import Conflict, Forbidden, HoldReason, NotFound
from ingest.actors import at_desk
from ingest.acts.act import Act, HouseAct, Transaction
from ingest.acts.acting import Acting
from ingest.engines import Engines
from ingest.queue.work_queue import DOCUMENT, ITEM
from ingest.road.filing import stream_place
from ocr.children import DECRYPT

SECONDS = 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Retry(HouseAct[None]):
    """Set a held item or document on its road again, from the road's beginning.

    Raises:
        NotFound: there is no such object for this reader.
        Forbidden: the reader may not settle it.
        Conflict: it is not held.
    """

    object_id: str
    reason: str

    def perform(self, engines: Engines, by: Acting) -> None:
        with engines.database.write() as session:
            item, is_item = _to_settle(session, self.object_id, by.reader)
            told = plausibility.remark(self.reason, "Der Grund") or "Nochmals versuchen"
            release = items.release_item if is_item else documents.release_document
            attempt = release(
                session,
                self.object_id,
                to=Stage.RECEIVED if is_item else Stage.SEPARATED,
                reason=told,
                by=by.actor,
                at=engines.clock(),
            ).attempt
            road = ITEM if is_item else DOCUMENT
            _walk_again(engines, session, item, road, self.object_id, attempt, by.reader)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reject(Act[None]):
    """Say no, with a reason; the object stays in custody. Raises as ``Retry``, UsageError without
    a reason."""

    object_id: str
    reason: str

    def within(self, change: Transaction) -> None:
        _, is_item = _to_settle(change.session, self.object_id, change.by.reader)
        refuse = items.reject_item if is_item else documents.reject_document
        refuse(change.session, self.object_id, reason=self.reason, by=change.by.actor, at=change.at)


@dataclass(frozen=True, slots=True, kw_only=True)
class GivePassword(HouseAct[None]):
    """Open an encrypted file: an opened copy is kept beside the untouched original.

    The password itself is kept nowhere. What is opened is what walks: the original, or the file
    that was handed in for it.

    Raises:
        InputError: the password does not open the file.
        Conflict: it is not held for its encryption.
    """

    item_id: str
    password: str = field(repr=False)

    def perform(self, engines: Engines, by: Acting) -> None:
        with engines.database.read() as session:
            item = _item_to_settle(session, self.item_id, by.reader)
            source = sources.sources(session, item).reads
        if item.held_reason is not HoldReason.ENCRYPTED:
            raise Conflict(f"{item.source} ist nicht wegen eines Kennworts angehalten; neu laden.")
        with engines.scratch.room(self.item_id) as room, engines.objects.custody():
            opened = room / "opened.pdf"
            engines.workshop.run(
                DECRYPT(engines.objects.path(source.sha256), self.password, opened),
                seconds=SECONDS,
                subject=item.source,
                priority=0,
            )
            with opened.open("rb") as content:
                stored = engines.objects.put(content)
            given = Kept(
                sha256=stored.sha256, size=stored.size, file_name="geoeffnet.pdf",
                media_type="application/pdf",
            )  # fmt: skip
            with engines.database.write() as session:
                now = _item_to_settle(session, self.item_id, by.reader)
                if sources.sources(session, now).reads.sha256 != source.sha256:
                    raise Conflict(f"{item.source} hat sich inzwischen geändert; bitte neu laden.")
                walks = supplements.open_copy(
                    session, self.item_id, given, by=by.actor, at=engines.clock()
                )
                _walk_again(engines, session, walks, ITEM, walks.id, walks.attempt, by.reader)


@dataclass(frozen=True, slots=True, kw_only=True)
class SupplyFile(HouseAct[None]):
    """Hand in a file for a held one: an arrival of its own, checked as one; the original stays.

    ``file_name`` is a claim of the sender's, kept as text.

    Raises:
        UsageError: without a reason, or with an empty file.
        Conflict: it is not held, or the same file is there already.
    """

    item_id: str
    path: Path
    file_name: str
    reason: str

    def perform(self, engines: Engines, by: Acting) -> None:
        with engines.database.read() as session:
            _item_to_settle(session, self.item_id, by.reader)
        with engines.objects.custody():
            with self.path.open("rb") as content:
                stored = engines.objects.put(content)
            given = Kept(sha256=stored.sha256, size=stored.size, file_name=self.file_name)
            with engines.database.write() as session:
                _item_to_settle(session, self.item_id, by.reader)
                walks = supplements.supply(
                    session,
                    self.item_id,
                    given,
                    reason=self.reason,
                    by=by.actor,
                    at=engines.clock(),
                )
                _walk_again(engines, session, walks, ITEM, walks.id, walks.attempt, by.reader)


@dataclass(frozen=True, slots=True, kw_only=True)
class Redirect(HouseAct[None]):
    """Give an item to the right department; its history stays, the sender loses sight of it.

    Raises NotFound, Forbidden for others than the mailroom, Conflict, UsageError.
    """

    item_id: str
    department: str
    reason: str

    def perform(self, engines: Engines, by: Acting) -> None:
        with engines.database.write() as session:
            item = listing.item_for(session, by.reader, self.item_id)
            if not access.may_redirect(by.reader, item):
                raise Forbidden("Nur die Poststelle gibt Eingänge an andere Abteilungen.")
            actor, at = by.actor, engines.clock()
            items.redirect_item(
                session, self.item_id, self.department, by=actor, at=at, reason=self.reason
            )
            for document in documents.documents_of(session, self.item_id):
                if document.stage is Stage.FILED:
                    place = stream_place(session, engines.stream(item.stream), document)
                    case = filing.case_at(session, place, by=actor, at=at)
                    filing.refile_document(
                        session, document.id, case_id=case.id, reason=self.reason, by=actor, at=at
                    )


def _item_to_settle(session: Session, item_id: str, reader: Reader) -> Item:
    """The item itself: a file is handed in or opened for a whole item, not for one document."""
    item, is_item = _to_settle(session, item_id, reader)
    if not is_item:
        raise Conflict(
            f"{item_id} ist ein Dokument; eine Datei gehört zum ganzen Eingang {item.id}."
        )
    return item


def _to_settle(session: Session, object_id: str, reader: Reader) -> tuple[Item, bool]:
    """The item that ``object_id`` is or belongs to, for one who may settle it."""
    target: Item | Document
    try:
        target = documents.load_document(session, object_id)
    except NotFound:
        target = item = listing.item_for(session, reader, object_id)
    else:
        item = listing.item_for(session, reader, target.item_id)
    if target.stage is not Stage.HELD and access.may_redirect(reader, item):
        raise Conflict(f"{item.source} ist nicht (mehr) angehalten; bitte neu laden.")
    if not access.may_settle(reader, target):
        raise Forbidden(
            "Klären dürfen Angehaltenes die Poststelle und die Aufsicht dieses Eingangsstroms."
        )
    return item, item.id == object_id


def _walk_again(
    engines: Engines,
    session: Session,
    item: Item,
    road: str,
    object_id: str,
    attempt: int,
    reader: Reader,
) -> None:
    """With a whole budget for its file, whatever it was held for, and in the turns of the person who
    asks: who brought it may have thousands waiting.

    It begins before the commit, so that the new walk never meets the old one.
    """
    engines.budgets.forget(item.id)
    engines.queue.enqueue(
        session, road, object_id,
        attempt=attempt, priority=engines.priority(item.stream), sender=at_desk(reader),
    )  # fmt: skip
