"""Worlds for the leak tests: one of everything in a department, open or closed."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta

import sqlalchemy as sa

from archive.desk import follow_ups
from archive.efile import closing, files
from archive.intake import items
from archive.model import CaseFile, Finding, Grant, Reader, Role
from archive.people import accounts, break_glass, grant_records
from archive.people.administration_scope import scope_of_user
from archive.people.grant_records import Kind, State, Wanted
from archive.tables import schema
from config.errors import HoldReason
from tests.unit.api.building import BY, House

SECRET = "Inobhutnahme"
REASON = "Vertretung im Notfall am Wochenende"
NOBODY = "verwaltung"  #: sees no content; opens glass and resolves in the hidden worlds


@dataclass(slots=True)
class World:
    """One of everything in a department, closed or not; identifiers by kind."""

    ids: dict[str, str] = field(default_factory=dict)

    def fill(self, text: str) -> str:
        for kind, value in self.ids.items():
            text = text.replace(f"{{{kind}}}", value)
        return text

    def absent(self) -> World:
        """The same kinds, with identifiers that nothing has."""
        made = {
            kind: "99.9/999/2026" if kind == "mark" else value[0] + "0" * (len(value) - 1)
            for kind, value in self.ids.items()
        }
        return World({**made, "user": "niemalsda", "compartment": "niemalsda"})


def settle(
    house: House,
    department: str,
    compartment: str | None,
    *,
    named: str = SECRET,
    resolved: bool = True,
) -> World:
    """Make one of everything there, with ``named`` in all that could show it."""
    world = World()
    clerk = _clerk(department, compartment)
    with house.database.write() as session:
        at = house.clock()
        unit = "51.1" if department == "jugendamt" else "63.2"
        file = files.open_file(
            session, unit, department, f"{named} Akte", by=BY, at=at, compartment=compartment
        )
        part = files.open_sub_file(session, file.id, f"{named} Band", by=BY, at=at)
        case = files.open_case(session, file.id, f"{named} Vorgang", by=BY, at=at)
        follow_up = follow_ups.add(
            session, clerk, file.id, due=date(2026, 3, 2), reason=named, at=at, case_id=case.id
        )
        done = files.open_file(
            session, unit, department, f"{named} alt", by=BY, at=at, compartment=compartment
        )
        closing.close_file(session, clerk, done.id, at=at)
    detail = {"file_id": file.id, "confidence": 0.5}
    finding = Finding(code="filing.suggested", text=named, page=1, detail=detail)
    document = house.file(
        f"{named} Antrag",
        source=f"{named}.pdf",
        department=department,
        compartment=compartment,
        pages=(f"Antrag {named} {named}", "Antrag"),
        findings=(finding,),
    )
    house.keep_signature_report(_item_of(house, document))
    held = house.receive(f"{named}-kaputt.pdf", department=department, compartment=compartment)
    house.hold(held, HoldReason.ENCRYPTED, named)
    walking = house.separate(
        house.receive(f"{named}-geht.pdf", department=department, compartment=compartment)
    )
    world.ids |= {
        "document": document,
        "walking": walking,
        "item": _item_of(house, document),
        "original": _original_of(house, document),
        "held": held,
        "file": file.id,
        "mark": file.file_mark,
        "case": case.id,
        "part": part.id,
        "follow_up": follow_up.id,
        "user": department,
        "compartment": compartment or "personal",
        "token": "x" * 32,
    }
    world.ids["request"] = _asked_for(house, department)
    if resolved:  # other resolvers are shown it, wherever they belong
        world.ids["resolution"] = _resolved(house)
    if compartment is not None:
        world.ids["glass"] = _glass(house, file, department)
    house.index()
    return world


def _original_of(house: House, document: str) -> str:
    with house.database.read() as session:
        return items.load_item(session, _item_of(house, document)).sha256


def _asked_for(house: House, user: str) -> str:
    """A right that an administrator asked for, and that a second one has to confirm."""
    wanted = Wanted(kind=Kind.LINK, user=user)
    with house.database.write() as session:
        at = house.clock()
        return grant_records.insert(
            session, wanted, scope_of_user(session, user), State.REQUESTED,
            by=BY, at=at, expires_at=at + timedelta(days=14),
        )  # fmt: skip


def _clerk(department: str, compartment: str | None) -> Reader:
    return Reader(
        user="registratur",
        grants=frozenset({Grant(role=Role.CASE_WORKER, department=department)}),
        compartments=frozenset({compartment} - {None}),  # type: ignore[arg-type]
    )


def _item_of(house: House, document_id: str) -> str:
    table = schema.document
    query = sa.select(table.c.item_id).where(table.c.id == document_id)
    with house.database.read() as session:
        return str(session.execute(query).scalar_one())


def _glass(house: House, file: CaseFile, department: str) -> str:
    outside = Reader(
        user=NOBODY, grants=frozenset({Grant(role=Role.CASE_WORKER, department=department)})
    )
    with house.database.write() as session:
        glass = break_glass.open_file(
            session, outside, file.file_mark, reason=f"{SECRET} {REASON}",
            length=timedelta(hours=1), at=house.clock(),
        )  # fmt: skip
    assert glass is not None
    return glass.id


def _resolved(house: House) -> str:
    """Somebody looked behind a pseudonym; nobody but the second person is told."""
    asking = Reader(user=NOBODY, grants=frozenset({Grant(role=Role.PRIVACY_RESOLVER)}))
    event = schema.audit_event
    query = sa.select(event.c.event_id).order_by(event.c.seq.desc()).limit(1)
    with house.database.write() as session:
        accounts.resolve_person(
            session, asking, "Beispielperson 1", reason=SECRET, at=house.clock()
        )
        return str(session.execute(query).scalar_one())
