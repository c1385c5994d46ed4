"""What acts are done to: the objects that the table of all acts prepares in a house."""

from __future__ import annotations

import io
import itertools
from pathlib import Path

import pikepdf
import sqlalchemy as sa

from archive.efile import files
from archive.intake import items
from archive.intake.documents import load_document
from archive.model import Document, Finding, Grant, Rendition, RenditionRole, Role
from archive.people import accounts, compartments, grant_lists, pseudonym_resolutions, sign_in
from archive.search import outbox
from archive.stages import Stage
from archive.tables import schema
from config.errors import HoldReason
from ingest.acts.acting import Acting, Way
from ingest.acts.acting import operator as the_operator
from ingest.acts.efile import documents, follow_ups, searches
from ingest.acts.efile import files as file_acts
from ingest.acts.people import confidential, rights
from ingest.acts.road import held, upkeep
from tests.unit.api.building import BY, House
from tests.unit.api.paper import pdf

NUMBERS = itertools.count()
CLERK = Grant(role=Role.CASE_WORKER, department="bauamt")


def acting(house: House, name: str) -> Acting:
    if name == "operator":
        return the_operator("operator:test")
    with house.database.read() as session:
        return Acting(reader=accounts.reader(session, name, at=house.clock()), way=Way.SESSION)


def a_file(house: House, *, closed_by: str = "") -> str:
    by = acting(house, "bauamt")
    made = file_acts.OpenFile(plan_unit="63.1", subject=f"Sache {next(NUMBERS)}").perform(
        house.service, by
    )
    if closed_by:
        file_acts.CloseFile(file_id=made.id).perform(house.service, acting(house, closed_by))
    return made.id


def a_file_with_a_document(house: House) -> str:
    command = documents.MoveToFile(document_id=house.file(), file_id=a_file(house), reason="Grund")
    command.perform(house.service, acting(house, "bauamt"))
    return command.file_id


def a_case(house: House, *, closed: bool = False) -> str:
    by = acting(house, "bauamt")
    case = file_acts.OpenCase(file_id=a_file(house), title="Vorgang").perform(house.service, by)
    if closed:
        file_acts.CloseCase(case_id=case.id).perform(house.service, by)
    return case.id


def a_part(house: House, *, closed: bool = False) -> str:
    by = acting(house, "bauamt")
    part = file_acts.OpenSubFile(file_id=a_file(house), title="Teil").perform(house.service, by)
    if closed:
        file_acts.CloseSubFile(sub_file_id=part.id).perform(house.service, by)
    return part.id


def a_follow_up(house: House) -> str:
    due = house.clock().date().replace(year=2027)
    command = follow_ups.SetFollowUp(file_id=a_file(house), due=due, reason="Frist")
    return command.perform(house.service, acting(house, "bauamt")).id


def a_held_item(house: House, reason: HoldReason = HoldReason.UNREADABLE) -> str:
    item_id = house.receive()
    house.hold(item_id, reason, "angehalten")
    return item_id


def an_encrypted_item(house: House) -> str:
    locked = io.BytesIO()
    with pikepdf.open(io.BytesIO(pdf(("geheim",), next(NUMBERS)))) as document:
        document.save(locked, encryption=pikepdf.Encryption(owner="x", user="geheim"))
    item_id = house.receive("zu.pdf", content=locked.getvalue())
    house.hold(item_id, HoldReason.ENCRYPTED, "verschlüsselt")
    return item_id


def a_checked_document(house: House) -> str:
    item_id = house.receive()
    document_id = house.separate(item_id)
    house.keep_signature_report(item_id)
    return document_id


def a_suggested_document(house: House) -> str:
    document_id, file_id = house.file(), a_file(house)
    with house.database.read() as session:
        mark = files.load_file(session, file_id).file_mark
    finding = Finding(
        code="filing.suggested",
        text="Nennt eine andere Akte.",
        detail={"file_id": file_id, "file_mark": mark, "confidence": 0.5},
    )
    with house.database.write() as session:
        item_id = load_document(session, document_id).item_id
        items.add_findings(session, item_id, document_id, [finding])
    return document_id


def a_user(house: House, *grants: Grant, disabled: bool = False) -> str:
    name = f"person{next(NUMBERS)}"
    with house.database.write() as session:
        accounts.add_user(session, name, name, by=BY, at=house.clock())
        for grant in grants:
            accounts.grant_role(session, name, grant, by=BY, at=house.clock())
        if disabled:
            accounts.disable_user(session, name, by=BY, at=house.clock())
    return name


def a_token(house: House, user: str) -> str:
    house.token(user)
    with house.database.read() as session:
        return next(each.id for each in sign_in.tokens(session, user) if each.revoked_at is None)


def a_compartment(house: House, *members: str) -> str:
    with house.database.write() as session:
        compartments.ensure(session, "personal", within=None)
        for member in members:
            accounts.join_compartment(
                session, member, "personal", purpose="Amt", by=BY, at=house.clock()
            )
    return "personal"


def a_closed_file(house: House) -> str:
    """The mark of a file in a compartment."""
    document_id = house.file(compartment="personal")
    with house.database.read() as session:
        return files.load_file(session, house.file_id(document_id)).file_mark


def a_broken_glass(house: House, mark: str = "") -> str:
    command = confidential.BreakGlass(
        file_mark=mark or a_closed_file(house),
        reason="Eilfall im Bereitschaftsdienst",
        minutes=30,
    )
    return command.perform(house.service, acting(house, "bauamt")).id


def a_resolution(house: House) -> str:
    command = confidential.ResolvePseudonym(pseudonym="Beispielperson 1", reason="Rückfrage")
    resolver = a_user(house, Grant(role=Role.PRIVACY_RESOLVER))
    command.perform(house.service, acting(house, resolver))
    with house.database.read() as session:
        return pseudonym_resolutions.of_reader(session, acting(house, resolver).reader)[0].id


def a_request(house: House) -> str:
    """Of a role that a second administrator has to confirm."""
    with house.database.write() as session:
        if "zweite" not in {each.id for each in accounts.users(session)}:
            accounts.add_user(session, "zweite", "Zweite", by=BY, at=house.clock())
            admin = Grant(role=Role.ADMIN)
            accounts.grant_role(session, "zweite", admin, by=BY, at=house.clock())
    command = rights.GrantRole(user=a_user(house), grant=CLERK)
    given = command.perform(house.service, acting(house, "verwaltung"))
    assert given.waiting is not None
    return given.waiting


def an_unreviewed_request(house: House) -> str:
    """Of a role that acted at once, as the operator's do."""
    name = a_user(house)
    rights.GrantRole(user=name, grant=CLERK).perform(house.service, the_operator("operator:test"))
    with house.database.read() as session:
        found = grant_lists.to_review(session, acting(house, "revision").reader)
    return next(each.id for each in found if each.user_id == name)


def a_refused_change(house: House) -> upkeep.RetryRefused:
    house.file()
    with house.database.write() as session:
        session.execute(sa.update(schema.outbox).values(attempts=outbox.ATTEMPTS))
    return upkeep.RetryRefused()


def a_retried_item(house: House) -> str:
    """With a report of its first attempt that no longer counts."""
    item_id = house.receive()
    with house.database.write() as session:
        items.advance_item(
            session, item_id, Stage.RECEIVED, Stage.CHECKED, by=BY, at=house.clock(), action="X"
        )
    house.keep_signature_report(item_id)
    house.hold(item_id, HoldReason.INTERNAL, "x")
    held.Retry(object_id=item_id, reason="").perform(
        house.service.engines, acting(house, "poststelle")
    )
    house.hold(item_id, HoldReason.INTERNAL, "x")
    return item_id


def a_search(house: House) -> str:
    command = searches.SaveSearch(question=f"Wort{next(NUMBERS)}")
    return command.perform(house.service, acting(house, "bauamt")).id


def a_path(folder: Path) -> Path:
    path = folder / f"neu{next(NUMBERS)}.pdf"
    path.write_bytes(pdf(("neu",), next(NUMBERS)))
    return path


def revision_of(house: House, document_id: str) -> int:
    with house.database.read() as session:
        return load_document(session, document_id).revision


def read_by_glass(house: House) -> Document:
    document_id = house.file(compartment="personal")
    with house.database.read() as session:
        mark = files.load_file(session, house.file_id(document_id)).file_mark
    a_broken_glass(house, mark)
    with house.database.read() as session:
        return load_document(session, document_id)


def a_rendition() -> Rendition:
    return Rendition(
        role=RenditionRole.ORIGINAL, sha256="ab" * 32, size=1, media_type="x/y", file_name="x"
    )
