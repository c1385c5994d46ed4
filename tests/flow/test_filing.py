"""Where documents go, on the real engines: by separator sheet, by file mark, by sender, by stream."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import pypdfium2 as pdfium
import pytest
import zxingcpp
from PIL import Image

from archive import access
from archive.efile import closing, files
from archive.file_plan import filing_rules
from archive.model import CaseFile, Document, Finding
from archive.views import listing
from config.errors import Forbidden, NotFound
from ingest.acts.efile.documents import MoveToFile
from ingest.acts.efile.export_file import ExportFile
from ingest.acts.efile.files import OpenFile
from ocr.synthetic_letters import PAPER, Letter, page, save_pdf
from tests.acting import seated
from tests.flow.conftest import TEST, Flow

RULES = (
    "art;wert;abteilung;aktenplan;betreff\n"
    "Trennblatt;TRENNBLATT-BAU;bauamt;63.2;Bauanträge nach Trennblatt\n"
    "Absender;Stadtwerke *;bauamt;63.2;Versorger\n"
)


def letter(text: str, *, sender: str = "Beispielbau GmbH", seed: int = 1) -> Image.Image:
    made = Letter(
        sender=sender,
        place="Beispielweg 4 · 24999 Beispielstadt",
        date="12.11.2026",
        subject=f"Nachtrag Nummer {seed}",
        body=("Sehr geehrte Damen und Herren,", text, "Mit freundlichen Grüßen"),
    )
    return page(made, seed=seed)


def sheet(value: str) -> Image.Image:
    paper = Image.new("RGB", PAPER, "white")
    code = zxingcpp.create_barcode(value, zxingcpp.BarcodeFormat.Code128)
    bars = Image.fromarray(code.to_image(scale=5, add_quiet_zones=True)).convert("RGB")
    paper.paste(bars.resize((1200, 240)), ((PAPER[0] - 1200) // 2, 500))
    return paper


def filed(flow: Flow, made: Path, *pages: Image.Image) -> list[Document]:
    path = made / "scan.pdf"
    save_pdf(list(pages), path)
    item = flow.wait(flow.take(path.read_bytes(), "scan.pdf"))
    return [flow.document(each) for each in item.documents]


def found(document: Document, code: str) -> Finding:
    (finding,) = [each for each in document.findings if each.code == code]
    return finding


def begun(flow: Flow, subject: str) -> CaseFile:
    return OpenFile(plan_unit="63.1", subject=subject).perform(
        flow.engines, seated(flow.reader("bauamt"))
    )


def subject_of(flow: Flow, document: Document) -> str:
    with flow.engines.database.read() as session:
        assert document.file_id is not None
        return files.load_file(session, document.file_id).subject


@pytest.fixture(scope="module", autouse=True)
def _rules(flow: Flow) -> None:
    with flow.engines.database.write() as session:
        result = filing_rules.import_rules(
            session, RULES.encode(), streams=frozenset(), by=TEST, at=flow.engines.clock()
        )
        assert result.done


def test_a_document_goes_where_its_text_says(flow: Flow, made: Path) -> None:
    entry = begun(flow, "Wintergarten Mühlenteich")
    (document,) = filed(
        flow, made, letter(f"Ihr Zeichen: {entry.file_mark} vom 3. November.", seed=2)
    )
    assert document.file_id == entry.id
    finding = found(document, "filing.by_mark")
    assert finding.detail["file_mark"] == entry.file_mark and finding.detail["confidence"] >= 0.9


def test_what_is_not_sure_is_only_suggested(flow: Flow, made: Path) -> None:
    entry = begun(flow, "Carport")
    (document,) = filed(flow, made, letter(f"Unser Zeichen: {entry.file_mark}", seed=3))
    assert subject_of(flow, document) == "Posteingang Poststelle"
    assert found(document, "filing.suggested").detail["file_id"] == entry.id
    # A clerk takes it up; nobody else does.
    for user, error in (("jugendamt", NotFound), ("registratur", Forbidden)):
        with pytest.raises(error):
            MoveToFile(document_id=document.id, file_id=entry.id, reason="x").perform(
                flow.engines, seated(flow.reader(user))
            )
    clerk = flow.reader("bauamt")
    MoveToFile(document_id=document.id, file_id=entry.id, reason="Vorschlag übernommen").perform(
        flow.engines, seated(clerk)
    )
    assert flow.document(document.id).file_id == entry.id
    with flow.engines.database.read() as session:
        history = listing.history(session, clerk, document.id)
    assert history[-1].action == "REFILED" and history[-1].reason == "Vorschlag übernommen"


def test_never_into_a_foreign_or_closed_file(flow: Flow, made: Path) -> None:
    foreign = OpenFile(plan_unit="51.1", subject="Foreign").perform(
        flow.engines, seated(flow.reader("jugendamt"))
    )
    done = begun(flow, "Erledigt")
    with flow.engines.database.write() as session:
        closing.close_file(session, flow.reader("bauamt"), done.id, at=flow.engines.clock())
    text = f"Ihr Zeichen: {foreign.file_mark} und Ihr Zeichen: {done.file_mark}"
    (document,) = filed(flow, made, letter(text, seed=4))
    assert subject_of(flow, document) == "Posteingang Poststelle"
    assert [each.code for each in document.findings if each.code.startswith("filing")] == []
    with flow.engines.database.read() as session:
        assert not access.may_read_document(flow.reader("jugendamt"), document)


def test_separator_sheets_and_senders_have_rules(flow: Flow, made: Path) -> None:
    first, second, third = filed(
        flow,
        made,
        letter("Erster Brief.", seed=5),
        sheet("TRENNBLATT-BAU"),
        letter("Zweiter Brief.", seed=6),
        sheet("TRENNBLATT"),
        letter("Dritter Brief.", sender="Stadtwerke Beispielstadt", seed=7),
    )
    assert subject_of(flow, first) == "Posteingang Poststelle"
    assert subject_of(flow, second) == "Bauanträge nach Trennblatt"
    assert found(second, "filing.by_rule").detail["kind"] == "separator"
    assert subject_of(flow, third) == "Versorger"


def test_who_may_begin_a_file(flow: Flow) -> None:
    for user in ("registratur", "jugendamt", "poststelle", "verwaltung", "revision"):
        with pytest.raises(Forbidden):
            OpenFile(plan_unit="63.1", subject="x").perform(flow.engines, seated(flow.reader(user)))
    with pytest.raises(NotFound):
        OpenFile(plan_unit="99", subject="x").perform(flow.engines, seated(flow.reader("bauamt")))


def test_an_image_is_a_document_too(flow: Flow) -> None:
    entry = begun(flow, "Bild")
    data = io.BytesIO()
    letter(f"Ihr Zeichen: {entry.file_mark}", seed=8).save(data, "JPEG", quality=85, dpi=(200, 200))
    item = flow.wait(flow.take(data.getvalue()))
    assert flow.document(item.documents[0]).file_id == entry.id


def test_a_file_is_taken_away_as_one_pdf(flow: Flow, made: Path) -> None:
    entry = begun(flow, "Ausgabe")
    for seed in (11, 12):
        filed(flow, made, letter(f"Ihr Zeichen: {entry.file_mark}", seed=seed))
    out = made / "akte.pdf"
    bound = ExportFile(file_id=entry.id, out=out).perform(
        flow.engines, seated(flow.reader("bauamt"))
    )
    assert (bound.documents, bound.sheets, bound.verdict) == (2, 3, "compliant")
    assert out.read_bytes().startswith(b"%PDF-1.7")
    document = pdfium.PdfDocument(out)
    front = " ".join(document[0].get_textpage().get_text_range().split())
    second = document[1].get_textpage().get_text_range()
    document.close()
    for words in (entry.file_mark, "Ausgabe", "1.1 Nachtrag Nummer 11", "Originaldatei: scan.pdf",
                  "Signaturprüfung: Keine elektronische Signatur", "Eingang:"):  # fmt: skip
        assert words in front
    assert "Nachtrag" in second
    for user in ("jugendamt", "verwaltung", "revision", "poststelle"):
        with pytest.raises(NotFound):
            ExportFile(file_id=entry.id, out=made / "nothing.pdf").perform(
                flow.engines, seated(flow.reader(user))
            )
    assert not (made / "nothing.pdf").exists()
    opened = replace(flow.reader("bauamt"), opened_files=frozenset({entry.id}))
    assert (
        ExportFile(file_id=entry.id, out=out).perform(flow.engines, seated(opened)).documents == 2
    )  # no glass was needed
    with flow.engines.database.read() as session:
        told = listing.audit_page(session, flow.reader("revision"), object_id=entry.id)
    assert [line.action for line in told.items].count("EXPORTED") == 2
