"""A small county to test with: departments, a plan, and short ways to a document of any stage."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from sqlalchemy.orm import Session

from archive.audit.trail import Actor
from archive.efile import files, filing
from archive.intake import documents, items
from archive.intake.documents import NewDocument
from archive.intake.items import NewItem
from archive.model import Grant, PlanUnit, Reader, Rendition, RenditionRole, Role
from archive.stages import DOCUMENT_ROAD, ITEM_ROAD, Stage
from config.errors import HoldReason

MACHINE = Actor(user="service")
PERSON = Actor(user="poststelle")
START = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
ITEM_STEPS = dict(pairwise(ITEM_ROAD))
DOCUMENT_STEPS = dict(pairwise(DOCUMENT_ROAD))


@dataclass
class Rig:
    """Works in one open session; time goes on by a second with every call of ``at``."""

    session: Session
    ticks: int = 0
    cases: dict[tuple[str, str | None], str] = field(default_factory=dict)

    def at(self) -> datetime:
        self.ticks += 1
        return START + timedelta(seconds=self.ticks)

    def county(self) -> None:
        for unit in ("bauamt", "jugendamt"):
            files.ensure_unit(self.session, unit, unit.capitalize())
            files.ensure_plan_unit(
                self.session,
                PlanUnit(
                    code=f"{unit[0]}.1",
                    parent=None,
                    title=unit,
                    department=unit,
                    retention_years=10,
                    disposal_code="B",
                    protection_need="NORMAL",
                ),
            )

    def item(
        self,
        item_id: str,
        data: bytes | None = None,
        *,
        stream: str = "mailroom",
        department: str = "bauamt",
        compartment: str | None = None,
        at: datetime | None = None,
    ) -> str:
        content = item_id.encode() if data is None else data
        new = NewItem(
            id=item_id,
            source=f"{item_id}.pdf",
            source_bytes=f"{item_id}.pdf".encode(),
            sha256=hashlib.sha256(content).hexdigest(),
            size=len(content),
            stream=stream,
            department=department,
            compartment=compartment,
            received_by="poststelle",
            media_type="application/pdf",
            file_name=f"{item_id}.pdf",
        )
        items.open_item(self.session, new, by=MACHINE, at=at or self.at())
        return item_id

    def walk_item(self, item_id: str, to: Stage = Stage.SEPARATED, *, parts: int = 1) -> list[str]:
        """On from wherever it stands; its documents are called ``<item>-1`` and so on."""
        made: list[str] = []
        stage = items.load_item(self.session, item_id).stage
        while stage is not to:
            following = ITEM_STEPS[stage]
            if following is Stage.SEPARATED:
                made = [f"{item_id}-{number}" for number in range(1, parts + 1)]
                documents.open_documents(
                    self.session,
                    item_id,
                    [
                        NewDocument(
                            id=name,
                            position=number,
                            first_page=number,
                            last_page=number,
                            origin="paper",
                            pages=1,
                        )
                        for number, name in enumerate(made, 1)
                    ],
                    by=MACHINE,
                    at=self.at(),
                )
            items.advance_item(
                self.session,
                item_id,
                stage,
                following,
                by=MACHINE,
                at=self.at(),
                action=following.upper(),
            )
            stage = following
        return made

    def walk_document(self, document_id: str, to: Stage = Stage.FILED) -> str:
        """On from wherever it stands, with a sealed product and a note on the way."""
        stage = documents.load_document(self.session, document_id).stage
        while stage is not to:
            following = DOCUMENT_STEPS[stage]
            if following is Stage.FILED:
                self.file(document_id)
                return document_id
            documents.advance_document(
                self.session,
                document_id,
                stage,
                following,
                by=MACHINE,
                at=self.at(),
                action=following.upper(),
            )
            stage = following
        return document_id

    def file(self, document_id: str) -> None:
        document = documents.load_document(self.session, document_id)
        case = self.case(document.department, document.compartment)
        filing.file_document(self.session, document_id, case_id=case, by=MACHINE, at=self.at())

    def case(self, department: str, compartment: str | None = None) -> str:
        key = (department, compartment)
        if key not in self.cases:
            file = files.file_for_stream(
                self.session,
                f"{department[0]}.1",
                department,
                "Posteingang",
                by=MACHINE,
                at=self.at(),
                compartment=compartment,
            )
            case = files.case_for_stream(self.session, file.id, "Eingang", by=MACHINE, at=self.at())
            self.cases[key] = case.id
        return self.cases[key]

    def filed(
        self,
        item_id: str,
        *,
        stream: str = "mailroom",
        department: str = "bauamt",
        compartment: str | None = None,
        title: str | None = None,
    ) -> str:
        """A document in its file; returns its id."""
        self.item(item_id, stream=stream, department=department, compartment=compartment)
        (document,) = self.walk_item(item_id)
        self.walk_document(document)
        if title is not None:
            documents.correct_metadata(
                self.session, document, {"title": title}, by=PERSON, at=self.at()
            )
        return document

    def hold(self, item_id: str, reason: HoldReason = HoldReason.UNREADABLE) -> str:
        items.hold_item(self.session, item_id, reason, "unlesbar", by=MACHINE, at=self.at())
        return item_id


def reader(
    *grants: tuple[Role, str | None, str | None], compartments: frozenset[str] = frozenset()
) -> Reader:
    """``(role, department, stream)`` each."""
    return Reader(
        user="jemand",
        grants=frozenset(
            Grant(role=role, department=department, stream=stream)
            for role, department, stream in grants
        ),
        compartments=compartments,
    )


def rendition(
    content: bytes, role: RenditionRole = RenditionRole.SCAN_PRODUCT, version: int = 1
) -> Rendition:
    return Rendition(
        role=role,
        sha256=hashlib.sha256(content).hexdigest(),
        size=len(content),
        media_type="application/pdf",
        file_name="scan.pdf",
        version=version,
    )
