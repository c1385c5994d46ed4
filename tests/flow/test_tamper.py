"""Whoever can write the database changes nothing unseen: every change is found, with its object."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from archive.intake import items
from archive.model import Rendition, RenditionRole
from archive.promises.event_forms import GENESIS
from archive.search import findable
from archive.store.objects import Stored
from archive.tables import schema
from archive.tables.evident_tables import EVIDENT
from ingest.index.rebuilding import rebuild
from ingest.verification.objects import Judgement, judge_these
from ingest.verification.run import throw_away_run
from ingest.verification.whole_archive import judge_all, judge_seals
from search.index import Delete
from signing.sealing.seal_pkcs12 import create_trial_key, open_sealer
from tests.flow.conftest import Flow
from tests.flow.tamper_kit import Attacker, Change, Tampering, fill, rechained

SEED = 20261127


@pytest.fixture(scope="module")
def environment() -> dict[str, str]:
    """The attacker of these tests writes on a SQLite file."""
    return {}


@pytest.fixture(scope="module")
def filled(flow: Flow) -> Attacker:
    alarms = fill(flow)
    flow.stop()
    return Attacker.of(flow, alarms)


@pytest.fixture
def attacker(filled: Attacker) -> Iterator[Attacker]:
    yield filled
    filled.restore()


def names(attacker: Attacker, change: Change) -> bool:
    """Whether verify names the very row."""
    begins = f"{change.table} {change.key}:"
    return any(
        fault.startswith(begins) for one in attacker.broken().values() for fault in one.faults
    )


def test_an_untouched_home_is_good_and_every_table_has_rows(attacker: Attacker) -> None:
    assert {one.id: (one.parts, one.faults) for one in attacker.judged() if not one.ok} == {}
    with attacker.at_work() as present:
        empty = [
            name
            for name in sorted(EVIDENT)
            if present.execute(f"SELECT count(*) FROM {name}").fetchone() == (0,)
        ]
    assert empty == []
    assert attacker.broken() == {}


def test_verify_raises_no_alarm_while_documents_walk(filled: Attacker) -> None:
    assert filled.alarms == []


@dataclass(frozen=True, slots=True)
class Letter:
    """A filed document with everything that can become of one."""

    item: str
    document: str
    file: str


@pytest.fixture(scope="module")
def letter(filled: Attacker) -> Letter:
    with filled.flow.engines.database.read() as session:
        table = schema.document
        query = sa.select(table.c.item_id, table.c.id, table.c.file_id)
        row = session.execute(query.where(table.c.title == "Bauantrag")).one()
    return Letter(item=row.item_id, document=row.id, file=row.file_id)


def verdict(attacker: Attacker, object_id: str) -> Judgement:
    """``verify ID``: what the object's own events say, without all others."""
    (found,) = judge_these(attacker.flow.engines, [object_id])
    return found


FIELDS = [
    ("document", "title", "'Anders'"),
    ("document", "sender", "'Anders'"),
    ("document", "letter_date", "'2020-01-01'"),
    ("document", "received_on", "'2020-01-01'"),
    ("document", "department", "'jugendamt'"),
    ("document", "compartment", "'personal'"),
    ("document", "qa", "'failed'"),
    ("document", "pages", "7"),
    ("document", "record_state", "'FINAL'"),
    ("document", "evidenced", "1"),
    ("item", "department", "'jugendamt'"),
    ("item", "source", "'anders.pdf'"),
    ("finding", "severity", "'info'"),
    ("metadata_history", "actor", "'jemand'"),
    ("qa_result", "result", "'failed'"),
    ("rendition", "sha256", "(SELECT sha256 FROM rendition ORDER BY id DESC LIMIT 1 OFFSET 3)"),
]


@pytest.mark.parametrize(("table", "column", "value"), FIELDS)
def test_a_field_of_a_document(
    attacker: Attacker, letter: Letter, table: str, column: str, value: str
) -> None:
    owner = {"item": "id", "metadata_history": "document_id", "qa_result": "document_id"}.get(
        table, "item_id"
    )
    one = letter.document if owner == "document_id" else letter.item
    attacker.run(
        f"UPDATE {table} SET {column} = {value} WHERE rowid ="
        f" (SELECT rowid FROM {table} WHERE {owner} = '{one}' LIMIT 1)"
    )
    found = verdict(attacker, letter.document)
    assert found.parts["record"] == "broken"
    assert any(fault.startswith(f"{table} ") for fault in found.faults)


@pytest.mark.parametrize(
    ("statement", "object_id"),
    [
        ("UPDATE case_file SET retention_end = '2020-01-01' WHERE id = '{file}'", "file:{file}"),
        ("UPDATE case_file SET compartment = NULL, subject = 'Anders'", "file:{file}"),
        ("UPDATE case_record SET title = 'Anders' WHERE file_id = '{file}'", "file:{file}"),
        ("DELETE FROM record_history", "file:{file}"),
        ("UPDATE break_glass SET reason = 'anderes'", "file:{file}"),
        ("UPDATE follow_up SET due = '2030-01-01'", "file:{file}"),
        ("UPDATE role_grant SET role = 'admin' WHERE user_id = 'bauamt'", "user:bauamt"),
        (
            (
                "INSERT INTO role_grant (user_id, role, granted_at, granted_by)"
                " VALUES ('bauamt', 'auditor', '2026-11-01 00:00:00.000000', 'verwaltung')"
            ),
            "user:bauamt",
        ),
        (
            (
                "INSERT INTO session VALUES ('00', 'bauamt', 'x', '2026-11-01 00:00:00.000000',"
                " '2026-11-01 00:00:00.000000', '2030-11-01 00:00:00.000000', x'00')"
            ),
            "user:bauamt",
        ),
        ("UPDATE sign_in_link SET used_at = NULL, expires_at = '2031-01-01'", "user:bauamt"),
        ("UPDATE api_token SET revoked_at = NULL, label = 'y'", "user:bauamt"),
        ("UPDATE app_user SET password_hash = 'x' WHERE id = 'bauamt'", "user:bauamt"),
        ("UPDATE app_user SET disabled = 2 WHERE id = 'bauamt'", "user:bauamt"),
        ("DELETE FROM compartment_member", "user:bauamt"),
        ("UPDATE plan_unit SET retention_years = 1", "house"),
        ("UPDATE person SET real_name = 'Jemand'", "house"),
        ("DELETE FROM filing_rule", "house"),
        ("INSERT INTO unit (id, name, retired) VALUES ('neu', 'Neu', 0)", "house"),
    ],
)
def test_files_people_and_house(
    attacker: Attacker, letter: Letter, statement: str, object_id: str
) -> None:
    attacker.run(statement.format(file=letter.file))
    found = verdict(attacker, object_id.format(file=letter.file))
    assert not found.ok
    assert found.faults


def test_a_second_version_beside_the_first(attacker: Attacker, letter: Letter) -> None:
    """What would be served is the newest: it is none that the trail knows."""
    for role in ("text", "scan_product"):
        attacker.run(
            "INSERT INTO rendition (item_id, document_id, version, role, sha256, size, media_type,"
            " file_name, made_from, created_at, detail, salt)"
            " SELECT item_id, document_id, version, role, (SELECT sha256 FROM rendition LIMIT 1),"
            " size, media_type, file_name, made_from, created_at, detail, randomblob(16)"
            f" FROM rendition WHERE document_id = '{letter.document}' AND role = '{role}'"
        )
        found = verdict(attacker, letter.document)
        assert found.parts["rendition"] == found.parts["record"] == "broken"
        attacker.restore()


def test_a_signature_report_removed_or_exchanged(attacker: Attacker, letter: Letter) -> None:
    mine = f"role = 'signature_report' AND item_id = '{letter.item}'"
    other = f"role = 'signature_report' AND item_id <> '{letter.item}'"
    attacker.run(f"DELETE FROM rendition WHERE {mine}")
    assert verdict(attacker, letter.document).parts["record"] == "missing"
    attacker.restore()
    attacker.run(
        "UPDATE rendition SET sha256 = (SELECT sha256 FROM rendition WHERE"
        f' {other} LIMIT 1), detail = \'{{"conclusion": "intact"}}\' WHERE {mine}'
    )
    assert verdict(attacker, letter.document).parts["record"] == "broken"


def test_filed_turned_into_rejected(attacker: Attacker, letter: Letter) -> None:
    attacker.run(
        "UPDATE document SET stage = 'rejected', rejected_text = 'kein Brief'"
        f" WHERE id = '{letter.document}'",
        f"UPDATE item SET outcome = 'rejected' WHERE id = '{letter.item}'",
    )
    assert verdict(attacker, letter.document).parts["record"] == "broken"
    assert not verdict(attacker, "index").ok


def test_the_last_events_removed_with_the_head_set_back(attacker: Attacker, letter: Letter) -> None:
    attacker.run(
        "DELETE FROM audit_event WHERE seq > (SELECT max(seq) - 5 FROM audit_event)",
        "UPDATE audit_head SET seq = (SELECT max(seq) FROM audit_event),"
        " hash = (SELECT hash FROM audit_event ORDER BY seq DESC LIMIT 1)",
    )
    assert verdict(attacker, "trail").ok  # the chain itself fits again
    anchor = verdict(attacker, "anchor")
    assert not anchor.ok
    assert "kürzer" in anchor.faults[-1]


def _wipe(letter: Letter) -> list[str]:
    rows = [
        f"DELETE FROM {table} WHERE document_id = '{letter.document}'"
        for table in ("finding", "rendition", "metadata_history", "qa_result", "outbox")
    ]
    rows += [
        f"DELETE FROM {table} WHERE item_id = '{letter.item}'"
        for table in ("finding", "rendition", "document")
    ]
    return [*rows, f"DELETE FROM item WHERE id = '{letter.item}'"]


def test_a_document_removed_with_all_its_rows(attacker: Attacker, letter: Letter) -> None:
    attacker.run(*_wipe(letter))
    broken = attacker.broken()
    assert broken[letter.document].parts["record"] == "missing"
    assert broken[letter.item].parts["record"] == "missing"
    for object_id in (letter.document, letter.item):
        assert not verdict(attacker, object_id).ok


def test_a_document_removed_with_all_its_rows_and_events(
    attacker: Attacker, letter: Letter
) -> None:
    attacker.run(*_wipe(letter), f"DELETE FROM audit_event WHERE aggregate = 'item:{letter.item}'")
    assert "fehlt" in attacker.broken()["trail"].faults[0]


def test_a_document_removed_from_a_chain_that_is_made_anew(
    attacker: Attacker, letter: Letter
) -> None:
    """Every number and every hash fits: the anchors alone remember."""

    def without(events: list[dict[str, Any]]) -> None:
        events[:] = [each for each in events if each["correlation_id"] != letter.item]

    attacker.run(*_wipe(letter))
    rechained(attacker, without)
    assert verdict(attacker, "trail").ok
    assert not verdict(attacker, "anchor").ok


def test_all_documents_removed(attacker: Attacker) -> None:
    attacker.run(
        *(
            f"DELETE FROM {table}"
            for table in (
                "qa_result",
                "metadata_history",
                "finding",
                "rendition",
                "document",
                "item",
            )
        )
    )
    gone = [one for one in attacker.judged() if one.parts["record"] == "missing"]
    assert len(gone) >= 6
    attacker.run(
        "DELETE FROM audit_event",
        f"UPDATE audit_head SET seq = 0, hash = '{GENESIS}'",
    )
    assert verdict(attacker, "trail").ok
    assert not verdict(attacker, "anchor").ok


def test_events_renumbered(attacker: Attacker) -> None:
    attacker.run(
        "UPDATE audit_event SET seq = 100000 WHERE seq = 4",
        "UPDATE audit_event SET seq = 4 WHERE seq = 5",
        "UPDATE audit_event SET seq = 5 WHERE seq = 100000",
    )
    assert "Ereignis 4" in verdict(attacker, "trail").faults[0]


def test_a_promise_changed_in_its_event(attacker: Attacker, letter: Letter) -> None:
    attacker.run(f"UPDATE audit_event SET promises = NULL WHERE aggregate = 'item:{letter.item}'")
    assert not verdict(attacker, "trail").ok
    assert verdict(attacker, letter.document).parts["record"] == "broken"


def _sealed_by_a_stranger(
    attacker: Attacker, letter: Letter, folder: Path
) -> tuple[Rendition, Stored, str]:
    """The letter's sealed copy, what lies in the store sealed with a key of the same name, and the
    hash of that key's certificate."""
    engines = attacker.flow.engines
    create_trial_key(folder / "other.p12", "wort", county="Kreis Beispiel", at=engines.clock())
    sealer = open_sealer(folder / "other.p12", "wort")
    document = attacker.flow.document(letter.document)
    product = next(r for r in document.renditions if r.role is RenditionRole.SCAN_PRODUCT)
    sealer.seal(
        engines.objects.path(product.sha256), folder / "sealed.pdf",
        reason="x", at=engines.clock(), subject="x",
    )  # fmt: skip
    return product, engines.objects.put(folder / "sealed.pdf"), sealer.certificate_sha256


def test_sealed_anew_with_another_key(attacker: Attacker, letter: Letter, tmp_path: Path) -> None:
    """A trial key of the same name, the file sealed with it, the record told of it."""
    engines = attacker.flow.engines
    product, stored, certificate = _sealed_by_a_stranger(attacker, letter, tmp_path)
    detail = json.dumps({**product.detail, "certificate_sha256": certificate})
    with attacker.at_work() as present:
        present.execute(
            "UPDATE rendition SET sha256 = ?, size = ?, detail = ? WHERE sha256 = ?",
            (stored.sha256, stored.size, detail, product.sha256),
        )
    found = verdict(attacker, letter.document)
    engines.objects.delete(stored.sha256)
    assert (found.parts["seal"], found.parts["record"]) == ("broken", "broken")


def test_a_foreign_seal_with_an_event_of_its_own_is_found_by_the_second_pass_alone(
    attacker: Attacker, letter: Letter, tmp_path: Path
) -> None:
    """Whoever can do what the program does adds a version that the trail promises. Its bytes, its row
    and the chain are all as they should be; the key of the seal is what the forger does not have."""
    engines = attacker.flow.engines
    product, stored, _ = _sealed_by_a_stranger(attacker, letter, tmp_path)
    forged = replace(product, version=2, sha256=stored.sha256, size=stored.size)
    with engines.database.write() as session:
        items.add_rendition(session, letter.item, letter.document, forged, at=engines.clock())
    with throw_away_run(engines) as run:
        first = {one.id: one for one in judge_all(engines, run)}
        second = {one.id: one for one in judge_seals(engines, run)}
        counted, _ = run.seals()
    engines.objects.delete(stored.sha256)
    assert first[letter.document].ok
    assert first[letter.document].parts["seal"] == "not_checked"
    assert second[letter.document].parts["seal"] == "broken"
    others = [one for one in second.values() if one.id != letter.document]
    assert others and all(one.ok and one.parts["seal"] == "ok" for one in others)
    assert counted == len(second)


@pytest.mark.parametrize(
    "statement",
    [
        "DROP TRIGGER guard_audit_event_update",
        "DROP TRIGGER guard_rendition_address",
        "INSERT INTO stage_transition VALUES ('document', 'filed', 'rejected')",
        "DELETE FROM stage_transition WHERE kind = 'item' AND begins = 'checked' AND ends = 'held'",
        "ALTER TABLE document ADD COLUMN note TEXT",
        "CREATE TRIGGER helper AFTER INSERT ON item BEGIN SELECT 1; END",
    ],
)
def test_guards_and_steps(attacker: Attacker, statement: str) -> None:
    try:
        with sqlite3.connect(attacker.place) as present:
            present.execute(statement)
        found = verdict(attacker, "schema")
        assert (found.parts["record"], len(found.faults)) == ("broken", 1)
    finally:
        attacker.restore()
    assert verdict(attacker, "schema").ok


def test_a_guard_made_toothless(attacker: Attacker) -> None:
    with sqlite3.connect(attacker.place) as present:
        present.execute("DROP TRIGGER guard_audit_event_delete")
        present.execute(
            "CREATE TRIGGER guard_audit_event_delete BEFORE DELETE ON audit_event"
            " WHEN OLD.seq < 0 BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END"
        )
    (fault,) = verdict(attacker, "schema").faults
    assert "guard_audit_event_delete" in fault


def test_objects_removed_changed_and_exchanged(attacker: Attacker, letter: Letter) -> None:
    objects = attacker.flow.engines.objects
    with attacker.flow.engines.database.read() as session:
        table = schema.rendition
        query = sa.select(table.c.role, table.c.sha256).where(table.c.item_id == letter.item)
        kept = session.execute(query).all()
    assert len(kept) > 6
    for number, (role, sha256) in enumerate(kept):
        place = objects.path(sha256)
        content = place.read_bytes()
        place.unlink()
        if number % 2:
            place.write_bytes(content[:-1] + b"!")
        assert not verdict(attacker, letter.document).ok, role
        place.write_bytes(content)
    assert verdict(attacker, letter.document).ok


def test_the_index_emptied(attacker: Attacker, letter: Letter) -> None:
    index = attacker.flow.engines.index
    with attacker.flow.engines.database.read() as session:
        entries = dict(findable.findable(session))
    index.apply([Delete(document, revision) for document, revision in entries.items()])
    found = verdict(attacker, "index")
    assert (found.parts["record"], len(found.faults)) == ("missing", len(entries))
    rebuild(attacker.flow.engines)
    assert verdict(attacker, "index").ok


def test_anchors_set_back_cut_or_forged(attacker: Attacker) -> None:
    (file,) = sorted(attacker.flow.engines.anchors.folder.glob("*.jsonl"))
    lines = file.read_bytes().splitlines(keepends=True)
    assert len(lines) >= 2
    forged = json.loads(lines[-1]) | {"events": 1}
    try:
        for content in (
            b"".join(lines[1:]),
            b"".join([lines[0], *lines[2:]]) if len(lines) > 2 else b"",
            b"".join([*lines[:-1], json.dumps(forged).encode() + b"\n"]),
            b"",
        ):
            file.write_bytes(content)
            found = verdict(attacker, "anchor")
            assert not found.ok
            assert found.faults
    finally:
        file.write_bytes(b"".join(lines))
    assert verdict(attacker, "anchor").ok


def test_what_cannot_be_read_is_found_and_hides_nothing_else(
    attacker: Attacker, letter: Letter
) -> None:
    attacker.run(
        f"UPDATE document SET received_on = 'gestern' WHERE id = '{letter.document}'",
        f"UPDATE item SET received_at = 'gestern' WHERE id = '{letter.item}'",
        "UPDATE unit SET name = CAST(x'ff41' AS TEXT) WHERE id = 'kasse'",
    )
    broken = attacker.broken()
    assert broken[letter.document].parts["record"] == "broken"
    assert not broken["house"].ok
    assert len(attacker.judged()) > len(broken) + 3


def test_a_row_of_a_document_that_never_was_is_named_by_itself(attacker: Attacker) -> None:
    attacker.run(
        "INSERT INTO metadata_history (id, document_id, field, new, actor, at, salt) VALUES"
        " (900, 'd0', 'title', 'b', 'x', '2026-11-01 00:00:00.000000', randomblob(16))"
    )
    assert set(attacker.broken()) == {"metadata_history:900"}


def campaign(attacker: Attacker, seed: int, count: int) -> None:
    tampering = Tampering(attacker, seed)
    done = 0
    while done < count:
        change = tampering.one()
        if change is None:
            continue
        assert names(attacker, change), (seed, done, change, attacker.broken())
        attacker.restore()
        done += 1


def test_random_changes_are_found(attacker: Attacker) -> None:
    campaign(attacker, SEED, 10)


@pytest.mark.campaign
@pytest.mark.timeout(3600)
def test_five_hundred_random_changes_are_found(attacker: Attacker) -> None:
    campaign(attacker, SEED + 1, 500)
