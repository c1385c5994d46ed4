"""A small house for the faces: real database, store and index; no road walks in it."""

from __future__ import annotations

import io
import itertools
import socket
import sqlite3
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, fields
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

import uvicorn
from sqlalchemy.orm import Session

from api.app import create_app
from api.service import Service
from archive.audit.trail import Actor
from archive.db.database import Database, migrate
from archive.efile import files, filing
from archive.evidence.anchors import Anchors, open_key
from archive.intake import documents, items
from archive.intake.documents import NewDocument
from archive.intake.items import NewItem
from archive.model import Finding, Rendition, RenditionRole, Role, Severity
from archive.people import accounts, sign_in
from archive.stages import Stage
from archive.store.objects_folder import FolderStore
from config.clock import new_id
from config.errors import HoldReason
from ingest.doors.blocked_files import Obstacles
from ingest.doors.intake import Intake
from ingest.engines import Engines
from ingest.index.projection import project
from ingest.index.searching import Searching
from ingest.ports.rebuild_progress import Renewal
from ingest.ports.working_files import Scratch
from ingest.queue.time_budgets import Budgets
from search.engines.tantivy.index_tantivy import TantivyIndex
from search.german.analysis import Analyser, load_analyser
from signing.report.interface import Conclusion, Engine, Reading, SignatureReport, to_json
from signing.sealing.seal_pkcs12 import create_trial_key, open_sealer
from tests.unit.api.county import PEOPLE, PLAN, settings
from tests.unit.api.paper import pdf, recognition
from tests.unit.api.stand_ins import START, Clock, NoJudge, NotedQueue, Pictures, SameProcess

BY = Actor(user="init")


def report_without_signatures(file: str, conclusion: Conclusion) -> SignatureReport:
    return SignatureReport(
        file=file,
        sha256="ab" * 32,
        size=1,
        conclusion=conclusion,
        reading=Reading.STRICT,
        signatures=(),
        warnings=(),
        notes=(),
        validation_time=START,
        engine=Engine(name="test", version="1"),
    )


@cache
def analyser() -> Analyser:
    return load_analyser(dictionaries=())


@cache
def empty_database() -> bytes:
    """A database file with its tables: the same for every test."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "empty.db")
        migrate(f"sqlite:///{file}")
        with sqlite3.connect(file) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.close()
        return file.read_bytes()


@dataclass
class House:
    """The service with what tests reach behind it for."""

    service: Service
    clock: Clock
    queue: NotedQueue
    numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    @property
    def database(self) -> Database:
        return self.service.database

    def token(self, user: str, role: Role | None = None) -> str:
        with self.database.write() as session:
            return sign_in.new_token(
                session, user, role, "Test", timedelta(days=1), by=BY, at=self.clock()
            )

    def link(self, user: str) -> str:
        with self.database.write() as session:
            return sign_in.new_link(session, user, timedelta(hours=1), by=BY, at=self.clock())

    def index(self) -> None:
        while project(self.service.engines):
            pass

    # -------------------------------------------------------------- what lies in it
    def receive(
        self,
        source: str = "scan.pdf",
        *,
        department: str = "bauamt",
        stream: str = "mailroom",
        compartment: str | None = None,
        content: bytes | None = None,
        pages: tuple[str, ...] = ("Eine Seite",),
    ) -> str:
        """An item just taken into custody."""
        number = next(self.numbers)
        data = pdf(pages, number) if content is None else content
        stored = self.service.objects.put(io.BytesIO(data))
        item_id = new_id("i")
        with self.database.write() as session:
            items.open_item(
                session,
                NewItem(
                    id=item_id,
                    source=source,
                    source_bytes=source.encode(),
                    sha256=stored.sha256,
                    size=stored.size,
                    stream=stream,
                    department=department,
                    compartment=compartment,
                    received_by="poststelle",
                    media_type="application/octet-stream",
                    file_name=source.rsplit("/", 1)[-1],
                ),
                by=BY,
                at=self.clock(),
            )
        return item_id

    def hold(self, item_id: str, reason: HoldReason, text: str) -> None:
        with self.database.write() as session:
            items.hold_item(session, item_id, reason, text, by=BY, at=self.clock())

    def separate(self, item_id: str, pages: int = 1) -> str:
        """Walk the item to its one document."""
        document_id = new_id("d")
        with self.database.write() as session:
            for begins, ends in itertools.pairwise(
                (Stage.RECEIVED, Stage.CHECKED, Stage.VERIFIED, Stage.SEPARATED)
            ):
                items.advance_item(
                    session, item_id, begins, ends, by=BY, at=self.clock(), action=ends.name
                )
            part = NewDocument(
                id=document_id,
                position=1,
                first_page=None,
                last_page=None,
                origin="paper",
                pages=pages,
            )
            documents.open_documents(session, item_id, [part], by=BY, at=self.clock())
        return document_id

    def wait_for_check(self, item_id: str) -> str:
        """Its one document, which rests until somebody has compared its page with the paper."""
        document_id = self.separate(item_id)
        road = (Stage.SEPARATED, Stage.RECOGNISED, Stage.PRESERVED, Stage.NOTED, Stage.AWAITING_QA)
        with self.database.write() as session:
            self._keep(session, item_id, document_id, ("Eine Seite",))
            for begins, ends in itertools.pairwise(road):
                documents.advance_document(
                    session,
                    document_id,
                    begins,
                    ends,
                    by=BY,
                    at=self.clock(),
                    action="QA_SELECTED" if ends is Stage.AWAITING_QA else ends.name,
                    values={"qa": "pending"} if ends is Stage.NOTED else None,
                )
        return document_id

    def file(
        self,
        title: str = "Bauantrag Lindenweg 4",
        *,
        source: str = "scan.pdf",
        department: str = "bauamt",
        compartment: str | None = None,
        pages: tuple[str, ...] = ("Antrag auf Baugenehmigung", "Lageplan"),
        findings: tuple[Finding, ...] = (),
        sender: str | None = "Erika Muster",
        stream: str = "mailroom",
        content: bytes | None = None,
    ) -> str:
        """A document at its end: filed, to be found once indexed."""
        item_id = self.receive(
            source,
            department=department,
            compartment=compartment,
            pages=pages,
            stream=stream,
            content=content,
        )
        return self.file_item(
            item_id,
            title,
            department=department,
            compartment=compartment,
            pages=pages,
            findings=findings,
            sender=sender,
        )

    def file_item(
        self,
        item_id: str,
        title: str = "Bauantrag Lindenweg 4",
        *,
        department: str = "bauamt",
        compartment: str | None = None,
        pages: tuple[str, ...] = ("Antrag auf Baugenehmigung", "Lageplan"),
        findings: tuple[Finding, ...] = (),
        sender: str | None = "Erika Muster",
    ) -> str:
        """The same of an item that was just taken into custody, or set on its road again."""
        document_id = self.separate(item_id, len(pages))
        plan_unit = "51.1" if department == "jugendamt" else "63.1"
        with self.database.write() as session:
            self._keep(session, item_id, document_id, pages)
            items.add_findings(session, item_id, document_id, findings)
            values = {"title": title, "sender": sender, "qa": "pending", "pages": len(pages)}
            road = (Stage.SEPARATED, Stage.RECOGNISED, Stage.PRESERVED, Stage.NOTED, Stage.SEALED)
            for begins, ends in itertools.pairwise(road):
                documents.advance_document(
                    session,
                    document_id,
                    begins,
                    ends,
                    by=BY,
                    at=self.clock(),
                    action=ends.name,
                    values=values if ends is Stage.RECOGNISED else None,
                )
            entry = files.file_for_stream(
                session,
                plan_unit,
                department,
                f"Posteingang {department}",
                by=BY,
                at=self.clock(),
                compartment=compartment,
            )
            case = files.case_for_stream(
                session, entry.id, "Eingang 03/2026", by=BY, at=self.clock()
            )
            filing.file_document(session, document_id, case_id=case.id, by=BY, at=self.clock())
        return document_id

    def keep_signature_report(self, item_id: str) -> None:
        """As the road does; a file in which no signature was found."""
        report = report_without_signatures("scan.pdf", Conclusion.UNSIGNED)
        stored = self.service.objects.put(io.BytesIO(to_json(report)))
        rendition = Rendition(
            role=RenditionRole.SIGNATURE_REPORT,
            sha256=stored.sha256,
            size=stored.size,
            media_type="application/json",
            file_name="signaturpruefung.json",
        )
        with self.database.write() as session:
            items.add_rendition(session, item_id, None, rendition, at=self.clock())

    def file_id(self, document_id: str) -> str:
        with self.database.read() as session:
            found = documents.load_document(session, document_id).file_id
        assert found is not None
        return found

    def _keep(
        self, session: Session, item_id: str, document_id: str, pages: tuple[str, ...]
    ) -> None:
        for role, data, media_type, name in (
            (RenditionRole.SCAN_PRODUCT, pdf(pages, 0), "application/pdf", "dokument.pdf"),
            (RenditionRole.TEXT, recognition(pages), "application/json", "text.json"),
            (RenditionRole.PDFA_REPORT, b'{"compliant": true}', "application/json", "pdfa.json"),
            (
                RenditionRole.TRANSFER_NOTE,
                b'{"note_version": 1, "kind": "transfer_note", "steps": []}',
                "application/json",
                "vermerk.json",
            ),
        ):
            stored = self.service.objects.put(io.BytesIO(data))
            rendition = Rendition(
                role=role,
                sha256=stored.sha256,
                size=stored.size,
                media_type=media_type,
                file_name=name,
            )
            items.add_rendition(session, item_id, document_id, rendition, at=self.clock())


FINDING = Finding(
    code="monochrome",
    text="Die Seiten sind schwarz-weiß gescannt.",
    severity=Severity.BLOCKS_DESTRUCTION,
)


def build(home: Path, clock: Any = None, **web: Any) -> House:
    """The house with departments, plan and people, and nothing else in it."""
    given = settings(home, **web)
    home.mkdir(parents=True, exist_ok=True)
    (home / "registratur.db").write_bytes(empty_database())
    ticking = clock or Clock()
    database, queue = Database(given.database_url), NotedQueue()
    objects = FolderStore(home / "objects", fsync=False)
    index = TantivyIndex(home / "index", analyser())
    create_trial_key(home / "seal.p12", "zur Probe", county="Kreis Beispiel", at=START)
    # The road's own engines stay empty: no road walks here.
    used: dict[str, Any] = {
        "settings": given,
        "database": database,
        "objects": objects,
        "scratch": Scratch(home / "work"),
        "queue": queue,
        "workshop": SameProcess(),
        "pdfa": NoJudge(),
        "sealer": open_sealer(home / "seal.p12", "zur Probe"),
        "index": index,
        "clock": ticking,
        "stopping": threading.Event(),
        "renewal": Renewal(),
        "anchors": Anchors(home / "anchors", open_key(home / "anchor.key")),
        "budgets": Budgets(),
        "version": "0",
    }
    empty: dict[str, Any] = {each.name: None for each in fields(Engines)}
    engines = Engines(**(empty | used))
    service = Service(
        engines=engines,
        intake=Intake(
            settings=given, database=database, objects=objects, queue=queue, clock=ticking
        ),
        images=Pictures(),
        searching=Searching(
            database=database,
            objects=objects,
            index=index,
            analyser=analyser(),
            clock=ticking,
            renewal=engines.renewal,
        ),
        obstacles=Obstacles(ticking),
    )
    with database.write() as session:
        accounts.add_unit(session, "bauamt", "Bauamt", by=BY, at=START)
        accounts.add_unit(session, "jugendamt", "Jugendamt", by=BY, at=START)
        for unit in PLAN:
            files.ensure_plan_unit(session, unit)
        accounts.add_person(session, "Beispielperson 1", "Erika Beispiel", by=BY, at=START)
        for user, grants in PEOPLE.items():
            accounts.add_user(session, user, user.capitalize(), by=BY, at=START)
            for grant in grants:
                accounts.grant_role(session, user, grant, by=BY, at=START)
    return House(service=service, clock=ticking, queue=queue)


def close(house: House) -> None:
    house.service.index.close()
    house.database.close()


@contextmanager
def serving(house: House) -> Iterator[str]:
    """The application on a real port of its own; gives its address."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(64)
        server = uvicorn.Server(
            uvicorn.Config(create_app(house.service), log_config=None, lifespan="off")
        )
        thread = threading.Thread(target=server.run, args=([listener],))
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        server.should_exit = server.force_exit = True
        thread.join()
