"""A file handed in later walks the whole road as an arrival of its own, on the real engines."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pikepdf
import pypdfium2 as pdfium
import pytest
from PIL import Image

from archive import sources
from archive.model import Document, Item, RenditionRole, Severity
from archive.sources import Sources
from archive.stages import Outcome
from config.errors import Conflict, HoldReason
from ingest import held
from ingest.filing_export import export_file
from ingest.judging import judge_these
from ingest.subject import report_of
from ocr.letters import save_pdf
from signing.report import Conclusion
from tests.acceptance.home import small_scan
from tests.flow.conftest import Flow
from tests.unit.signing.make import pdf, sign, signer


def scan(path: Path, number: int, *, password: str | None = None) -> Path:
    save_pdf([Image.open(io.BytesIO(small_scan(number)))], path, password=password)
    return path


def broken(flow: Flow, number: int) -> Item:
    item = flow.wait(flow.take(f"%PDF-1.7 kaputt {number}".encode(), f"kaputt-{number}.pdf"))
    assert item.outcome is Outcome.HELD
    return item


def supply(flow: Flow, item: Item, path: Path, reason: str = "neu gescannt") -> None:
    clerk = flow.reader("poststelle")
    held.supply_file(flow.engines, item.id, clerk, path, reason, file_name=path.name)


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
    assert "Nachreichung" in [step["name"] for step in note["steps"]]
    for each in document.renditions:
        assert each.derived_from == files.reads.sha256, each.role
    for arrival in files.arrivals:
        assert report_of(flow.engines, item.id, arrival.sha256).file
    (judged,) = judge_these(flow.engines, [document.id])
    assert judged.ok, judged
    assert document.file_id is not None
    out = made / "akte.pdf"
    export_file(flow.engines, flow.reader("bauamt"), document.file_id, out)
    with pdfium.PdfDocument(out) as bound:
        text = bound[0].get_textpage().get_text_range()
    assert "Nachgereicht: gut.pdf, von poststelle" in " ".join(text.split())


def test_a_supplement_s_broken_signature_is_shown_like_the_original_s(
    flow: Flow, made: Path
) -> None:
    item = broken(flow, 2)
    signed = sign(pdf(text="Bescheid"), signer())
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
    held.give_password(flow.engines, item.id, flow.reader("poststelle"), "geheim")
    item = flow.wait(item.id)
    assert item.outcome is Outcome.ARCHIVED, item
    files = files_of(flow, item)
    assert files.reads.derived_from == files.supplements[0].sha256
    document = flow.document(item.documents[0])
    source = note_of(flow, document)["source"]
    assert source["opened"]["with"] == "password" and source["opened"]["by"] == "poststelle"
    assert "nachgereichten" in source["statement"] and "Kennwort" in source["statement"]
    assert all(judged.ok for judged in judge_these(flow.engines, [document.id]))


def test_what_is_handed_in_is_checked_like_any_arrival(flow: Flow, made: Path) -> None:
    item = broken(flow, 4)
    (made / "programm.exe").write_bytes(b"MZ" + bytes(200))
    supply(flow, item, made / "programm.exe")
    item = flow.wait(item.id)
    assert item.held_reason is HoldReason.TYPE_NOT_ACCEPTED
    assert "programm.exe" in (item.held_text or "")
    with pytest.raises(Conflict, match="Kennwort"):
        held.give_password(flow.engines, item.id, flow.reader("poststelle"), "x")
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
