"""What a person does with an object that is held, or in the wrong department.

Every function asks for the reader's right first, and acts in one transaction with its audit event
and, where the object walks again, its work.
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy.orm import Session

from archive import access, documents, items, listing, placing
from archive.audit import Actor
from archive.model import Document, Item, Reader
from archive.stages import Stage
from config.errors import Conflict, Forbidden, NotFound, UsageError
from ingest.durable import DOCUMENT, ITEM
from ingest.engines import Engines
from ingest.filing import stream_place

SECONDS = 120.0


def actor_of(reader: Reader) -> Actor:
    return Actor(user=reader.user, on_behalf=reader.on_behalf)


def retry(engines: Engines, object_id: str, reader: Reader, reason: str) -> None:
    """Set a held item or document on its road again, from the road's beginning.

    Raises:
        NotFound: there is no such object for this reader.
        Forbidden: the reader may not settle it.
        Conflict: it is not held.
    """
    with engines.database.write() as session:
        item, is_item = _to_settle(session, object_id, reader)
        _release(engines, session, item, object_id, is_item, reader, reason or "Nochmals versuchen")


def reject(engines: Engines, object_id: str, reader: Reader, reason: str) -> None:
    """Say no, with a reason; the object stays in custody.

    Raises:
        UsageError: no reason is given.
    """
    if not reason.strip():
        raise UsageError("Eine Ablehnung braucht einen Grund.")
    with engines.database.write() as session:
        _, is_item = _to_settle(session, object_id, reader)
        refuse = items.reject_item if is_item else documents.reject_document
        refuse(session, object_id, reason=reason, by=actor_of(reader), at=engines.clock())


def give_password(engines: Engines, item_id: str, reader: Reader, password: str) -> None:
    """Open an encrypted file: an opened copy is kept beside the untouched original.

    The password itself is kept nowhere.

    Raises:
        InputError: the password does not open the file.
    """
    with engines.database.read() as session:
        item, _ = _to_settle(session, item_id, reader)
    with engines.scratch.room(item_id) as room:
        opened = room / "opened.pdf"
        engines.workshop.run(
            "ocr.preflight:decrypt",
            engines.objects.path(item.sha256),
            password,
            opened,
            seconds=SECONDS,
            subject=item.source,
            priority=0,
        )
        _replace(engines, item, reader, opened, "Kennwort angegeben")


def replace_file(engines: Engines, item_id: str, reader: Reader, path: Path, reason: str) -> None:
    """Give a readable file for one that is not; the one that arrived stays the original."""
    with engines.database.read() as session:
        item, _ = _to_settle(session, item_id, reader)
    _replace(engines, item, reader, path, reason or "Datei nachgereicht")


def redirect(engines: Engines, item_id: str, reader: Reader, department: str, reason: str) -> None:
    """Give an item to the right department; its history stays, the sender loses sight of it."""
    if not reason.strip():
        raise UsageError("Eine Weitergabe braucht einen Grund.")
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


def _replace(engines: Engines, item: Item, reader: Reader, path: Path, reason: str) -> None:
    with engines.objects.custody():
        with path.open("rb") as content:
            stored = engines.objects.put(content)
        with engines.database.write() as session:
            now, is_item = _to_settle(session, item.id, reader)
            _release(engines, session, now, item.id, is_item, reader, reason, stored.sha256)


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
    working_copy: str | None = None,
) -> None:
    by, at = actor_of(reader), engines.clock()
    if is_item:
        attempt = items.release_item(
            session, object_id, to=Stage.RECEIVED, reason=reason, by=by, at=at,
            working_copy=working_copy,
        ).attempt  # fmt: skip
    else:
        attempt = documents.release_document(
            session, object_id, to=Stage.SEPARATED, reason=reason, by=by, at=at
        ).attempt
    engines.queue.enqueue(
        session,
        ITEM if is_item else DOCUMENT,
        object_id,
        attempt=attempt,
        priority=engines.priority(item.stream),
    )
