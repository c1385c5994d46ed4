"""Bringing a file in by hand or by program: who may, and into which stream."""

from __future__ import annotations

from api.auth import Caller
from api.service import Service
from api.upload import Upload
from archive import listing, people
from archive.items import load_item
from archive.model import Item, Role
from config.errors import Forbidden, NotFound, UsageError
from ingest.intake import Arrival
from ingest.turns import Kind, Sender

_MAILROOM = frozenset({Role.MAIL_CLERK, Role.SCAN_OPERATOR, Role.SCAN_SUPERVISOR})
_OFFICE = frozenset({Role.CASE_WORKER, Role.RECORDS_MANAGER})


def may_bring(caller: Caller, stream: str, department: str) -> bool:
    """The mailroom into its streams, an office into its own department."""
    return any(
        grant.department in (None, department)
        and (
            (grant.role in _MAILROOM and grant.stream in (None, stream))
            or (grant.role in _OFFICE and grant.stream is None)
        )
        for grant in caller.reader.grants
    )


def streams_for(service: Service, caller: Caller) -> list[tuple[str, str]]:
    """Name and title of the streams that the caller may bring files into."""
    return [
        (name, stream.title or name)
        for name, stream in service.settings.streams.items()
        if may_bring(caller, name, stream.department)
    ]


def bring(service: Service, caller: Caller, upload: Upload) -> Item:
    """Take the file into custody. Raises UsageError, Forbidden, Unavailable."""
    if upload.path is None:
        raise UsageError("Es fehlt die Datei (Feld „file“).")
    mine = streams_for(service, caller)
    name = upload.fields.get("stream") or (mine[0][0] if mine else "")
    stream = service.settings.streams.get(name)
    if stream is None:
        raise UsageError("Bitte einen vorhandenen Eingangsweg angeben (Feld „stream“).")
    department = upload.fields.get("department") or stream.department
    with service.database.read() as session:
        known = {unit.id for unit in people.units(session)}
    if department not in known or not may_bring(caller, name, department):
        # Alike, so that nobody learns the departments by trying.
        raise Forbidden("Für diesen Eingangsweg und diese Abteilung fehlt Ihnen das Recht.")
    arrival = Arrival(
        source=upload.file_name.encode("utf-8", "surrogateescape"),
        stream=name,
        by=caller.actor,
        sender=Sender(Kind.PROGRAM if caller.is_program else Kind.PERSON, caller.reader.user),
        department=department if department != stream.department else None,
    )
    with upload.path.open("rb") as content:
        item_id = service.intake.take(arrival, content)
    with service.database.read() as session:
        try:
            return listing.item_for(session, caller.reader, item_id)
        except NotFound:  # a closed compartment that the bringer does not belong to
            return load_item(session, item_id)
