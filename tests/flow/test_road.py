"""The road on the real engines: one scan from custody to a filed, found, verifiable document."""

from __future__ import annotations

import io
import json
from datetime import date
from pathlib import Path
from typing import Any

import pikepdf
import pypdfium2 as pdfium
import pytest
from PIL import Image

from api.sample.letters import ACCESS, HERITAGE
from api.wiring import searching_of
from archive.intake import sources
from archive.intake.sources import Sources
from archive.model import Document, Item, RenditionRole, Severity
from archive.stages import Outcome, Stage
from config.errors import Conflict, Forbidden, HoldReason, InputError, NotFound, UsageError
from ingest.acts.efile.export_file import ExportFile
from ingest.acts.road import held
from ingest.acts.road.quality import PageLook, RecordLook
from ingest.road.step_input import report_of
from ingest.verification.objects import judge_these
from ocr.synthetic_letters import page, save_pdf, separator
from signing.report.interface import Conclusion
from tests.acceptance.home import small_scan
from tests.acting import seated
from tests.flow.conftest import Flow
from tests.flow.read_only_kit import loosen, medium, run
from tests.unit.signing import make


def pdf(path: Path, number: int, *, password: str | None = None) -> bytes:
    image = Image.open(io.BytesIO(small_scan(number)))
    save_pdf([image], path, password=password)
    return path.read_bytes()


def test_a_scan_is_archived_sealed_and_found(flow: Flow, made: Path) -> None:
    content = pdf(made / "a.pdf", 100)
    item = flow.wait(flow.take(content, "scan.pdf"))
    assert item.outcome is Outcome.ARCHIVED
    document = flow.document(item.documents[0])
    assert document.stage is Stage.FILED
    assert document.file_mark == "63.1/1/2026" or document.file_mark is not None
    roles = {rendition.role: rendition for rendition in document.renditions}
    copy = flow.engines.objects.path(roles[RenditionRole.SCAN_PRODUCT].sha256)
    assert flow.engines.objects.path(item.sha256).read_bytes() == content
    with pikepdf.open(copy) as opened:
        note = json.loads(opened.attachments["transfervermerk.json"].get_file().read_bytes())
    assert note["creator"]["person_ref"] == "Beispielperson 1"
    assert note["original_sha256"] == item.sha256
    assert note["qa"]["result"] == "PENDING"
    assert note["conformity_statement"]["visual"] is None
    assert all(judged.ok for judged in judge_these(flow.engines, [item.id]))
    flow.wait_for_index()
    searching = searching_of(flow.house)
    found = searching.find(flow.reader("bauamt"), "Vermessung")
    assert [hit.document.id for hit in found.hits] == [document.id]
    assert searching.find(flow.reader("jugendamt"), "Vermessung").total == 0
    assert searching.find(flow.reader("poststelle"), "Vermessung").total == 0


def test_the_same_bytes_are_a_duplicate_of_a_named_document(flow: Flow) -> None:
    first = flow.take(small_scan(101))
    second = flow.take(small_scan(101))
    archived, duplicate = flow.wait(first), flow.wait(second)
    assert archived.outcome is Outcome.ARCHIVED
    assert duplicate.outcome is Outcome.DUPLICATE
    assert duplicate.duplicate_of == archived.documents[0]


def test_the_same_bytes_in_another_department_are_archived_anew(flow: Flow) -> None:
    first = flow.wait(flow.take(small_scan(102)))
    second = flow.wait(flow.take(small_scan(102), department="jugendamt"))
    assert {first.outcome, second.outcome} == {Outcome.ARCHIVED}
    assert flow.document(second.documents[0]).department == "jugendamt"


def test_a_stack_is_split_at_its_separators(flow: Flow, made: Path) -> None:
    save_pdf([page(HERITAGE, seed=7), separator(), page(ACCESS, seed=8)], made / "stack.pdf")
    item = flow.wait(flow.take((made / "stack.pdf").read_bytes(), "stapel.pdf"))
    parts = [flow.document(document_id) for document_id in item.documents]
    assert [(part.first_page, part.last_page) for part in parts] == [(1, 1), (3, 3)]
    assert all(part.stage is Stage.FILED for part in parts)
    assert parts[0].title != parts[1].title
    for part in parts:
        (note,) = [r.sha256 for r in part.renditions if r.role is RenditionRole.TRANSFER_NOTE]
        counted = json.loads(flow.engines.objects.path(note).read_bytes())["completeness"]
        assert (counted["kept"], counted["separators"]) == (1, 0)
        assert counted["stack"] == {"pages": 3, "documents": 2, "separators": 1}


def test_an_encrypted_file_goes_on_with_its_password(flow: Flow, made: Path) -> None:
    content = pdf(made / "e.pdf", 103, password="geheim")
    item = flow.wait(flow.take(content, "geschützt.pdf"))
    assert item.held_reason is HoldReason.ENCRYPTED
    clerk = flow.reader("poststelle")
    with pytest.raises(InputError):
        held.GivePassword(item_id=item.id, password="falsch").perform(flow.engines, seated(clerk))
    held.GivePassword(item_id=item.id, password="geheim").perform(flow.engines, seated(clerk))
    item = flow.wait(item.id)
    assert item.outcome is Outcome.ARCHIVED
    assert flow.engines.objects.path(item.sha256).read_bytes() == content
    kept = flow.document(item.documents[0]).renditions
    (note,) = [each.sha256 for each in kept if each.role is RenditionRole.TRANSFER_NOTE]
    said = json.loads(flow.engines.objects.path(note).read_bytes())["source"]
    assert (said["role"], said["derived_from"]) == ("working_copy", item.sha256)
    assert "Kennwort" in said["statement"]
    assert {each.derived_from for each in kept} == {said["sha256"]}


def test_a_held_file_is_rejected_by_a_person_with_a_reason(flow: Flow) -> None:
    item = flow.wait(flow.take(b"kein Bild", "notiz.bin"))
    assert item.held_reason is HoldReason.TYPE_NOT_ACCEPTED
    clerk = flow.reader("poststelle")
    with pytest.raises(UsageError):
        held.Reject(object_id=item.id, reason="  ").perform(flow.engines, seated(clerk))
    with pytest.raises(NotFound):
        held.Reject(object_id=item.id, reason="gehört uns nicht").perform(
            flow.engines, seated(flow.reader("jugendamt"))
        )
    held.Reject(object_id=item.id, reason="Werbung").perform(flow.engines, seated(clerk))
    assert flow.item(item.id).outcome is Outcome.REJECTED
    with pytest.raises(Conflict):
        held.Retry(object_id=item.id, reason="doch").perform(flow.engines, seated(clerk))
    assert flow.engines.objects.check(item.sha256) == "ok"


def test_the_right_department_gets_it_and_the_wrong_one_loses_sight(flow: Flow) -> None:
    item = flow.wait(flow.take(small_scan(105)))
    flow.wait_for_index()
    with pytest.raises(Forbidden):
        held.Redirect(item_id=item.id, department="jugendamt", reason="falsch").perform(
            flow.engines, seated(flow.reader("bauamt"))
        )
    held.Redirect(item_id=item.id, department="jugendamt", reason="falsch").perform(
        flow.engines, seated(flow.reader("poststelle"))
    )
    flow.wait_for_index()
    document = flow.document(item.documents[0])
    assert (document.department, document.stage) == ("jugendamt", Stage.FILED)
    assert document.file_mark is not None
    assert document.file_mark.startswith("51.1/")
    searching = searching_of(flow.house)
    assert searching.find(flow.reader("jugendamt"), "105").total == 1
    assert searching.find(flow.reader("bauamt"), "105").total == 0


def test_a_clerk_looks_at_every_page_and_the_note_says_so(flow: Flow) -> None:
    item = flow.wait(flow.take(small_scan(106)))
    document = item.documents[0]
    clerk = flow.reader("bauamt")
    with pytest.raises(UsageError):
        RecordLook(document_id=document, looks=()).perform(flow.engines, seated(clerk))
    with pytest.raises(NotFound):
        RecordLook(document_id=document, looks=(PageLook(page=1, ok=True),)).perform(
            flow.engines, seated(flow.reader("jugendamt"))
        )
    assert (
        RecordLook(document_id=document, looks=(PageLook(page=1, ok=True),)).perform(
            flow.engines, seated(clerk)
        )
        == "passed"
    )
    after = flow.document(document)
    assert after.qa == "passed"
    notes = [r for r in after.renditions if r.role is RenditionRole.TRANSFER_NOTE]
    second = json.loads(flow.engines.objects.path(notes[-1].sha256).read_bytes())
    assert second["supersedes"] == notes[0].sha256
    assert [(step["name"], step["performed_by"]) for step in second["steps"][-3:]] == [
        ("Siegelung", "service"),
        ("Ablage", "service"),
        ("Sichtprüfung", "bauamt"),
    ]
    assert second["conformity_statement"] == {
        "text": second["conformity_statement"]["text"],
        "visual": True,
        "content": True,
        "person": "bauamt",
    }
    with pytest.raises(Conflict):
        RecordLook(document_id=document, looks=(PageLook(page=1, ok=True),)).perform(
            flow.engines, seated(clerk)
        )
    assert all(judged.ok for judged in judge_these(flow.engines, [document]))
    seal = next(r for r in after.renditions if r.role is RenditionRole.NOTE_SEAL)
    assert seal.derived_from == notes[-1].sha256
    place = flow.engines.objects.path(seal.sha256)
    place.chmod(0o640)
    place.write_bytes(place.read_bytes()[:-1] + b"x")
    assert [judged.parts["seal"] for judged in judge_these(flow.engines, [document])] == ["broken"]


def test_a_mail_is_archived_as_it_came_and_found_by_its_words(flow: Flow) -> None:
    mail = (
        b"From: =?utf-8?q?B=C3=BCrgerb=C3=BCro?= <amt@kreis.example>\r\nTo: bauamt@kreis.example\r\n"
        b"Subject: Lageplan zur Voranfrage\r\nMIME-Version: 1.0\r\n"
        b"Date: Fri, 3 Apr 2026 10:00:00 +0200\r\n"
        b'Content-Type: multipart/mixed; boundary="B"\r\n\r\n--B\r\n'
        b"Content-Type: text/html; charset=utf-8\r\n\r\n"
        b"<p>Anbei der <b>Katasterauszug</b>.</p><script>alert(1)</script>\r\n--B\r\n"
        b'Content-Type: text/plain; charset=utf-8; name="plan.txt"\r\n\r\n'
        b"Uferrandstreifenprogramm vom 1.2.2003\r\n--B--\r\n"
    )
    item = flow.wait(flow.take(mail, "nachricht.eml"))
    assert item.outcome is Outcome.ARCHIVED, item
    document = flow.document(item.documents[0])
    assert document.origin == "digital"
    assert flow.engines.objects.path(item.sha256).read_bytes() == mail
    assert RenditionRole.SCAN_PRODUCT not in {r.role for r in document.renditions}
    flow.wait_for_index()
    for word in ("Katasterauszug", "Uferrandstreifenprogramm", "plan.txt"):
        found = searching_of(flow.house).find(flow.reader("bauamt"), word)
        assert [hit.document.id for hit in found.hits] == [document.id], word
    assert document.title == "Lageplan zur Voranfrage"
    assert document.sender == "Bürgerbüro <amt@kreis.example>"
    assert document.letter_date == date(2026, 4, 3)
    assert all(judged.ok for judged in judge_these(flow.engines, [item.id]))


# ------------------------------------------------------------------ files handed in later
def scan(path: Path, number: int, *, password: str | None = None) -> Path:
    pdf(path, number, password=password)
    return path


def broken(flow: Flow, number: int) -> Item:
    item = flow.wait(flow.take(f"%PDF-1.7 kaputt {number}".encode(), f"kaputt-{number}.pdf"))
    assert item.outcome is Outcome.HELD
    return item


def supply(flow: Flow, item: Item, path: Path, reason: str = "neu gescannt") -> None:
    clerk = flow.reader("poststelle")
    held.SupplyFile(item_id=item.id, path=path, file_name=path.name, reason=reason).perform(
        flow.engines, seated(clerk)
    )


def files_of(flow: Flow, item: Item) -> Sources:
    with flow.engines.database.read() as session:
        return sources.sources(session, flow.item(item.id))


def note_of(flow: Flow, document: Document) -> dict[str, Any]:
    """The note as it lies in the sealed copy, if there is one; else as it is kept."""
    roles = {each.role: each.sha256 for each in document.renditions}
    kept: dict[str, Any] = json.loads(
        flow.engines.objects.path(roles[RenditionRole.TRANSFER_NOTE]).read_bytes()
    )
    with pikepdf.open(flow.engines.objects.path(roles[RenditionRole.SCAN_PRODUCT])) as copy:
        assert json.loads(copy.attachments["transfervermerk.json"].get_file().read_bytes()) == kept
    return kept


def test_note_reports_export_and_verify_know_both_files(flow: Flow, made: Path) -> None:
    item = broken(flow, 1)
    supply(flow, item, scan(made / "gut.pdf", 301))
    item = flow.wait(item.id)
    assert item.outcome is Outcome.ARCHIVED
    document = flow.document(item.documents[0])
    files = files_of(flow, item)
    note = note_of(flow, document)
    assert note["original_sha256"] == item.sha256
    assert (note["source"]["role"], note["source"]["sha256"]) == (
        "supplement",
        files.reads.sha256,
    )
    assert "nicht aus der zuerst angekommenen Datei" in note["source"]["statement"]
    assert "unverändert aufbewahrten Originaldatei erzeugt" not in json.dumps(
        note, ensure_ascii=False
    )
    (named,) = note["supplements"]
    assert (named["supplied_by"], named["reason"]) == ("poststelle", "neu gescannt")
    by = {step["name"]: step["performed_by"] for step in note["steps"]}
    assert (by["Erfassung"], by["Nachreichung"]) == ("test", "poststelle")
    assert (by["Freigabe"], by["Texterkennung"]) == ("poststelle", "service")
    supplied = files.supplements[0].created_at
    assert supplied is not None and note["captured_at"] == supplied.isoformat()
    assert (note["creator"]["person_ref"], note["creator"]["role"]) == ("poststelle", "SUPPLIER")
    assert note["first_arrival"]["captured_at"] == item.received_at.isoformat()
    assert note["first_arrival"]["creator"]["person_ref"] == "Beispielperson 1"
    for each in document.renditions:
        assert each.derived_from == files.reads.sha256, each.role
    for arrival in files.arrivals:
        assert report_of(flow.engines, item.id, arrival.sha256).file
    (judged,) = judge_these(flow.engines, [document.id])
    assert judged.ok, judged
    assert document.file_id is not None
    out = made / "akte.pdf"
    ExportFile(file_id=document.file_id, out=out).perform(
        flow.engines, seated(flow.reader("bauamt"))
    )
    with pdfium.PdfDocument(out) as bound:
        text = " ".join(page.get_textpage().get_text_range() for page in bound)
    assert "Nachgereicht: gut.pdf, von poststelle" in " ".join(text.split())


def test_a_supplement_s_broken_signature_is_shown_like_the_original_s(
    flow: Flow, made: Path
) -> None:
    item = broken(flow, 2)
    signed = make.sign(make.pdf(text="Bescheid"), make.signer())
    assert signed.count(b"(Bescheid 1)") == 1
    (made / "signiert.pdf").write_bytes(signed.replace(b"(Bescheid 1)", b"(Bescheid 7)"))
    supply(flow, item, made / "signiert.pdf")
    item = flow.wait(item.id)
    files = files_of(flow, item)
    report = report_of(flow.engines, item.id, files.reads.sha256)
    assert report.conclusion is Conclusion.BROKEN
    assert report_of(flow.engines, item.id, item.sha256).conclusion is not Conclusion.BROKEN
    (found,) = [each for each in item.findings if each.code == "signature.broken"]
    assert "Nachgereichte Datei „signiert.pdf“" in found.text
    assert found.severity is Severity.WARNING


def test_an_encrypted_supplement_is_opened_and_the_note_says_both(flow: Flow, made: Path) -> None:
    item = broken(flow, 3)
    supply(flow, item, scan(made / "zu.pdf", 303, password="geheim"))
    item = flow.wait(item.id)
    assert item.held_reason is HoldReason.ENCRYPTED
    assert "Nachgereichte Datei „zu.pdf“" in (item.held_text or "")
    held.GivePassword(item_id=item.id, password="geheim").perform(
        flow.engines, seated(flow.reader("poststelle"))
    )
    item = flow.wait(item.id)
    assert item.outcome is Outcome.ARCHIVED, item
    files = files_of(flow, item)
    assert files.reads.derived_from == files.supplements[0].sha256
    document = flow.document(item.documents[0])
    source = note_of(flow, document)["source"]
    assert source["opened"]["with"] == "password" and source["opened"]["by"] == "poststelle"
    assert "nachgereichten" in source["statement"] and "Kennwort" in source["statement"]
    steps = {step["name"]: step["performed_by"] for step in note_of(flow, document)["steps"]}
    assert steps["Öffnung mit Kennwort"] == "poststelle"
    assert all(judged.ok for judged in judge_these(flow.engines, [document.id]))


def test_what_is_handed_in_is_checked_like_any_arrival(flow: Flow, made: Path) -> None:
    item = broken(flow, 4)
    (made / "programm.exe").write_bytes(b"MZ" + bytes(200))
    supply(flow, item, made / "programm.exe")
    item = flow.wait(item.id)
    assert item.held_reason is HoldReason.TYPE_NOT_ACCEPTED
    assert "programm.exe" in (item.held_text or "")
    with pytest.raises(Conflict, match="Kennwort"):
        held.GivePassword(item_id=item.id, password="x").perform(
            flow.engines, seated(flow.reader("poststelle"))
        )
    supply(flow, item, scan(made / "gut.pdf", 304))
    item = flow.wait(item.id)
    assert item.outcome is Outcome.ARCHIVED
    assert len(files_of(flow, item).supplements) == 2


def test_a_supplement_is_not_dropped_when_its_item_turns_out_a_duplicate(
    flow: Flow, made: Path
) -> None:
    first, second = broken(flow, 5), broken(flow, 5)
    flow.stop()
    supply(flow, second, scan(made / "zwei.pdf", 306))
    supply(flow, first, scan(made / "eins.pdf", 305))
    flow.start()
    assert flow.wait(first.id).outcome is Outcome.ARCHIVED
    other = flow.wait(second.id)
    assert (other.outcome, other.held_reason) == (Outcome.HELD, HoldReason.CLARIFICATION)
    assert flow.item(first.id).documents[0] in (other.held_text or "")


# ------------------------------------------------------------------ a medium that can only be read


def test_a_home_that_can_only_be_read_is_verified_and_asked(flow: Flow, tmp_path: Path) -> None:
    if flow.engines.database.writer.dialect.name != "sqlite":
        pytest.skip("a database of its own server is no file to be copied")
    word, home, out = "Uferrandweg", tmp_path / "medium", tmp_path / "ausgabe"
    mail = f"From: a@example.org\r\nSubject: Antrag\r\n\r\n{word}".encode()
    item = flow.wait(flow.take(mail, "weg.eml"))
    (document,) = item.documents
    flow.wait_for_index()
    flow.stop()
    medium(flow, home)
    flow.start()
    before = {place: place.stat().st_mtime_ns for place in home.rglob("*")}
    answers, said = run(
        home,
        ["verify", item.id, "trail", "anchor", "--json"],
        ["status", "--json"],
        ["search", word, "--as", "bauamt", "--json"],
        ["export", document, "--to", str(out), "--as", "bauamt"],
        ["search", word, "--as", "jugendamt", "--json"],
    )
    after = {place: place.stat().st_mtime_ns for place in home.rglob("*")}
    loosen(home)
    assert [code for code, _ in answers] == [0, 0, 0, 0, 0]
    verified, listed, found, _, refused = (text for _, text in answers)
    assert all(one["ok"] for one in json.loads(verified)), verified
    assert item.id in {one["id"] for one in json.loads(listed)["items"]}
    assert [one["id"] for one in json.loads(found)["hits"]] == [document]
    assert json.loads(refused)["total"] == 0
    assert any(mail == kept.read_bytes() for kept in out.iterdir())
    for sentence in ("nur lesbar", "Die Suche wird hier nicht", "Der Export wird hier nicht"):
        assert sentence in said
    assert "Traceback" not in said
    assert after == before
