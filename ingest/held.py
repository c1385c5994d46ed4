"""What a person does with an object that is held, or in the wrong department.

Every function asks for the reader's right first, and acts in one transaction with its audit event
and, where the object walks again, its work.
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy.orm import Session

from archive import access, documents, items, listing, placing, plausible, sources, supplements
from archive.model import Document, Item, Reader
from archive.stages import Stage
from archive.supplements import Kept
from config.errors import Conflict, Forbidden, HoldReason, NotFound
from ingest.actors import actor_of, at_desk
from ingest.durable import DOCUMENT, ITEM
from ingest.engines import Engines
from ingest.filing import stream_place

SECONDS = 120.0


def retry(engines: Engines, object_id: str, reader: Reader, reason: str) -> None:
    """Set a held item or document on its road again, from the road's beginning.

    Raises:
        NotFound: there is no such object for this reader.
        Forbidden: the reader may not settle it.
        Conflict: it is not held.
    """
    with engines.database.write() as session:
        item, is_item = _to_settle(session, object_id, reader)
        told = plausible.remark(reason, "Der Grund") or "Nochmals versuchen"
        _release(engines, session, item, object_id, is_item, reader, told)


def reject(engines: Engines, object_id: str, reader: Reader, reason: str) -> None:
    """Say no, with a reason; the object stays in custody.

    Raises:
        UsageError: no reason is given.
    """
    with engines.database.write() as session:
        _, is_item = _to_settle(session, object_id, reader)
        refuse = items.reject_item if is_item else documents.reject_document
        refuse(session, object_id, reason=reason, by=actor_of(reader), at=engines.clock())


def give_password(engines: Engines, item_id: str, reader: Reader, password: str) -> None:
    """Open an encrypted file: an opened copy is kept beside the untouched original.

    The password itself is kept nowhere. What is opened is what walks: the original, or the file
    that was handed in for it.

    Raises:
        InputError: the password does not open the file.
        Conflict: it is not held for its encryption.
    """
    with engines.database.read() as session:
        item = _item_to_settle(session, item_id, reader)
        source = sources.sources(session, item).reads
    if item.held_reason is not HoldReason.ENCRYPTED:
        raise Conflict(f"{item.source} ist nicht wegen eines Kennworts angehalten; neu laden.")
    with engines.scratch.room(item_id) as room, engines.objects.custody():
        opened = room / "opened.pdf"
        engines.workshop.run(
            "ocr.preflight:decrypt",
            engines.objects.path(source.sha256),
            password,
            opened,
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
            now = _item_to_settle(session, item_id, reader)
            if sources.sources(session, now).reads.sha256 != source.sha256:
                raise Conflict(f"{item.source} hat sich inzwischen geändert; bitte neu laden.")
            by, at = actor_of(reader), engines.clock()
            walks = supplements.open_copy(session, item_id, given, by=by, at=at)
            _walk_again(engines, session, walks, ITEM, walks.id, walks.attempt, reader)


def supply_file(
    engines: Engines, item_id: str, reader: Reader, path: Path, reason: str, *, file_name: str
) -> None:
    """Hand in a file for a held one: an arrival of its own, checked as one; the original stays.

    ``file_name`` is a claim of the sender's, kept as text.

    Raises:
        UsageError: without a reason, or with an empty file.
        Conflict: it is not held, or the same file is there already.
    """
    with engines.database.read() as session:
        _item_to_settle(session, item_id, reader)
    with engines.objects.custody():
        with path.open("rb") as content:
            stored = engines.objects.put(content)
        given = Kept(sha256=stored.sha256, size=stored.size, file_name=file_name)
        with engines.database.write() as session:
            _item_to_settle(session, item_id, reader)
            by, at = actor_of(reader), engines.clock()
            walks = supplements.supply(session, item_id, given, reason=reason, by=by, at=at)
            _walk_again(engines, session, walks, ITEM, walks.id, walks.attempt, reader)


def redirect(engines: Engines, item_id: str, reader: Reader, department: str, reason: str) -> None:
    """Give an item to the right department; its history stays, the sender loses sight of it."""
    with engines.database.write() as session:
        item = listing.item_for(session, reader, item_id)
        if not access.may_redirect(reader, item):
            raise Forbidden("Nur die Poststelle gibt Eingänge an andere Abteilungen.")
        by, at = actor_of(reader), engines.clock()
        items.redirect_item(session, item_id, department, by=by, at=at, reason=reason)
        for document in documents.documents_of(session, item_id):
            if document.stage is Stage.FILED:
                place = stream_place(session, engines.stream(item.stream), document)
                case = placing.case_at(session, place, by=by, at=at)
                placing.refile_document(
                    session, document.id, case_id=case.id, reason=reason, by=by, at=at
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


def _release(
    engines: Engines,
    session: Session,
    item: Item,
    object_id: str,
    is_item: bool,
    reader: Reader,
    reason: str,
) -> None:
    by, at = actor_of(reader), engines.clock()
    if is_item:
        attempt = items.release_item(
            session, object_id, to=Stage.RECEIVED, reason=reason, by=by, at=at
        ).attempt
    else:
        attempt = documents.release_document(
            session, object_id, to=Stage.SEPARATED, reason=reason, by=by, at=at
        ).attempt
    road = ITEM if is_item else DOCUMENT
    _walk_again(engines, session, item, road, object_id, attempt, reader)


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
