"""Bringing a file in by hand or by program: who may, and into which stream."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from archive.intake.items import load_item
from archive.model import Item, Reader, Role
from archive.people import accounts
from archive.views import listing
from config.errors import Forbidden, NotFound, UsageError
from config.settings import Settings
from ingest.acts.act import Records
from ingest.acts.acting import Acting, Way
from ingest.doors.intake import Arrival, Intake
from ingest.queue.fair_queueing import Kind, Sender

_MAILROOM = frozenset({Role.MAIL_CLERK, Role.SCAN_OPERATOR, Role.SCAN_SUPERVISOR})
_OFFICE = frozenset({Role.CASE_WORKER, Role.RECORDS_MANAGER})


def may_bring(reader: Reader, stream: str, department: str) -> bool:
    """The mailroom into its streams, an office into its own department."""
    return any(
        grant.department in (None, department)
        and (
            (grant.role in _MAILROOM and grant.stream in (None, stream))
            or (grant.role in _OFFICE and grant.stream is None)
        )
        for grant in reader.grants
    )


def streams_for(settings: Settings, reader: Reader) -> list[tuple[str, str]]:
    """Name and title of the streams that the reader may bring files into."""
    return [
        (name, stream.title or name)
        for name, stream in settings.streams.items()
        if may_bring(reader, name, stream.department)
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bring:
    """Take a file into custody and set it on the road; gives back the item.

    ``stream`` empty: the first that the reader may bring into; ``department`` empty: the stream's.
    ``file_name`` is a claim of the sender's, kept as text. Raises UsageError, Forbidden, Unavailable.
    """

    path: Path
    file_name: str
    stream: str
    department: str

    def perform(self, records: Records, intake: Intake, by: Acting) -> Item:
        mine = streams_for(records.settings, by.reader)
        name = self.stream or (mine[0][0] if mine else "")
        stream = records.settings.streams.get(name)
        if stream is None:
            raise UsageError("Bitte einen vorhandenen Eingangsweg angeben (Feld „stream“).")
        department = self.department or stream.department
        with records.database.read() as session:
            known = {unit.id for unit in accounts.units(session)}
        if department not in known or not may_bring(by.reader, name, department):
            # Alike, so that nobody learns the departments by trying.
            raise Forbidden("Für diesen Eingangsweg und diese Abteilung fehlt Ihnen das Recht.")
        arrival = Arrival(
            source=self.file_name.encode("utf-8", "surrogateescape"),
            stream=name,
            by=by.actor,
            sender=Sender(Kind.PROGRAM if by.way is Way.TOKEN else Kind.PERSON, by.reader.user),
            department=department if department != stream.department else None,
        )
        with self.path.open("rb") as content:
            item_id = intake.take(arrival, content)
        with records.database.read() as session:
            try:
                return listing.item_for(session, by.reader, item_id)
            except NotFound:  # a closed compartment that the bringer does not belong to
                return load_item(session, item_id)
