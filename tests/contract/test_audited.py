"""What an auditor finds by a word: the same as ever, without looking at everything."""

from __future__ import annotations

import pytest

from archive.audit import auditable_objects
from archive.db.database import Database
from archive.intake import documents, items
from archive.model import Role
from tests.contract.rig import Rig, reader

AUDITOR = reader((Role.AUDITOR, None, None))


def test_what_names_a_document_finds_it(database: Database) -> None:
    with database.write() as session:
        rig = Rig(session)
        rig.county()
        first = rig.filed("scan_%_1", title="Antrag")
        other = rig.filed("scan_2", department="jugendamt")
        rig.filed("fremd", department="bauamt", compartment="personal")
    with database.read() as session:
        document = documents.load_document(session, first)
        item_sha256 = items.load_item(session, "scan_%_1").sha256
        mark = document.file_mark
        assert mark is not None
        for text in (first, "scan_%_1", item_sha256, item_sha256.upper(), mark, "scan_%", "CAN_%"):
            assert auditable_objects.found_by(session, AUDITOR, text) == (first,), text
        assert auditable_objects.found_by(session, AUDITOR, "scan") == tuple(
            sorted((first, other))[::-1]
        )
        assert auditable_objects.found_by(session, AUDITOR, "scan", most=1) == (max(first, other),)
        assert auditable_objects.found_by(session, AUDITOR, str(document.file_id)) == (first,)
        here = reader((Role.AUDITOR, "jugendamt", None))
        assert auditable_objects.found_by(session, here, "scan") == (other,)
        for text in ("Antrag", "fremd", "%%", "scan_2.pdfx"):
            assert auditable_objects.found_by(session, here, text) == (), text
        assert auditable_objects.found_by(session, reader((Role.ADMIN, None, None)), "scan") == ()


def test_beyond_the_latest_a_name_is_found_by_its_beginning(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(auditable_objects, "LATEST", 1)
    with database.write() as session:
        rig = Rig(session)
        rig.county()
        old = rig.filed("bauantrag-alt")
        new = rig.filed("bauantrag-neu")
    with database.read() as session:
        assert auditable_objects.found_by(session, AUDITOR, "antrag") == (new,)
        assert auditable_objects.found_by(session, AUDITOR, "bauantrag") == (new, old)


def test_names_of_others_do_not_push_out_the_readers_own(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(auditable_objects, "LATEST", 1)
    monkeypatch.setattr(auditable_objects, "_MOST", 1)
    with database.write() as session:
        rig = Rig(session)
        rig.county()
        rig.filed("scan-1", department="bauamt")
        own = rig.filed("scan-2", department="jugendamt")
        rig.filed("post", department="jugendamt")
    here = reader((Role.AUDITOR, "jugendamt", None))
    with database.read() as session:
        assert auditable_objects.found_by(session, here, "scan") == (own,)
