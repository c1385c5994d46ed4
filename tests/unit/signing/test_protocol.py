"""The protocol: PDF/A by veraPDF, every statement that the law names, and nothing better than found."""

from __future__ import annotations

import dataclasses
import time
from datetime import UTC, datetime
from pathlib import Path

import pikepdf
import pypdfium2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.wiring_reading import program_verapdf
from ocr.pdfa.validator import Validator
from signing.report.interface import Conclusion, Indication, Kind, SignatureReport, from_json
from signing.report.legal_statements import of_the_law
from signing.report.protocol import protocol_pdf
from signing.trust.trust_folder import Trust
from signing.validate import validate_file
from tests.unit.signing.make import pdf, write
from tests.unit.signing.pki import Pki

AT = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> SignatureReport:
    folder = tmp_path_factory.mktemp("protocol")
    pki = Pki(folder / "pki")
    data = pki.stamp(pki.store(pki.sign(pdf(), "good", stamped=AT), AT), AT)
    path = write(folder, "bescheid.pdf", pki.store(data, AT))
    return validate_file(path, (), AT, Trust(pki.trust(folder / "trust")), "bescheid.pdf")


def text_of(data: bytes) -> str:
    document = pypdfium2.PdfDocument(data)
    found = "\n".join(page.get_textpage().get_text_range() for page in document)
    document.close()
    return " ".join(found.split())


def test_what_it_says(report: SignatureReport) -> None:
    text = text_of(protocol_pdf(report))
    for words in (
        "Prüfprotokoll zur Signaturprüfung",
        "bescheid.pdf",
        report.sha256,
        "Prüfzeitpunkt 04.05.2026 12:00:00 UTC",
        "Status nach EN 319 102-1 TOTAL_PASSED",
        "§ 33 Abs. 5 Nr. 1 VwVfG",
        "§ 298 Abs. 3 ZPO",
        "Ergebnis der Integritätsprüfung Seit der Signatur unverändert bis auf zulässige",
        "Inhaber laut Signaturprüfung Erika Muster, Testkreis",
        "spätestens 04.05.2026 12:00:00 UTC",
        "Hashverfahren sha256",
        "Testaussteller",
    ):
        assert words in text, words


def test_the_same_report_gives_the_same_bytes(report: SignatureReport) -> None:
    first = protocol_pdf(report)
    time.sleep(1.1)  # the clock that the library would write into it has whole seconds
    assert protocol_pdf(report) == first


def test_the_report_lies_in_it(report: SignatureReport, tmp_path: Path) -> None:
    path = write(tmp_path, "protokoll.pdf", protocol_pdf(report))
    with pikepdf.open(path) as opened:
        (name,) = opened.attachments
        kept = opened.attachments[name].get_file().read_bytes()
    assert name == "signaturpruefung.json"
    assert from_json(kept) == report


def test_it_is_pdfa(report: SignatureReport, tmp_path: Path) -> None:
    validator = Validator(program_verapdf())
    if validator.missing():
        pytest.skip(str(validator.missing()))
    strange = dataclasses.replace(
        report.signatures[0],
        signer="\u202eNegnurefirP\x00 \u4e2d\u6587 \U0001f512",
        field="x" * 5000,
        notes=report.signatures[0].notes * 40,
    )
    try:
        for number, one in enumerate(
            (
                report,
                dataclasses.replace(report, signatures=(strange,) * 4, warnings=("Länge",) * 400),
                dataclasses.replace(report, signatures=(), conclusion=Conclusion.UNSIGNED),
            )
        ):
            path = write(tmp_path, f"{number}.pdf", protocol_pdf(one))
            verdict = validator.validate(path, "3b")
            assert verdict.compliant, verdict.failed
    finally:
        validator.close()


@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=200))
def test_whatever_a_signer_is_called(report: SignatureReport, name: str) -> None:
    signature = report.signatures[0]
    assert signature.certificate is not None
    certificate = dataclasses.replace(signature.certificate, name=name, subject=name)
    strange = dataclasses.replace(signature, certificate=certificate, field=name, signer=name)
    made = protocol_pdf(dataclasses.replace(report, file=name, signatures=(strange,)))
    assert made.startswith(b"%PDF-")


@pytest.mark.parametrize("indication", [Indication.INDETERMINATE, Indication.TOTAL_FAILED])
def test_an_unconfirmed_holder_is_said_to_be_so(
    report: SignatureReport, indication: Indication
) -> None:
    signature = dataclasses.replace(
        report.signatures[0],
        indication=indication,
        sub_indication="REVOKED",
        qualification="QESig",
        best_time=None,
    )
    said = dict(of_the_law(signature))
    assert said["Inhaber laut Signaturprüfung"].startswith(
        "Nicht bestätigt (Zertifikat widerrufen)"
    )
    assert "nicht durch Zeitstempel nachgewiesen" in said[
        "Zeitpunkt der Anbringung laut Signaturprüfung"
    ]  # fmt: skip
    assert "als qualifiziert nicht festgestellt" in said["Qualifikation"]


def test_the_time_of_an_unconfirmed_stamp_is_its_own_word(report: SignatureReport) -> None:
    stamp = dataclasses.replace(
        report.signatures[0],
        kind=Kind.DOC_TIMESTAMP,
        indication=Indication.INDETERMINATE,
        best_time=None,
        signing_time=AT,
    )
    said = dict(of_the_law(stamp))["Zeitpunkt der Anbringung laut Signaturprüfung"]
    assert (
        said == "04.05.2026 12:00:00 UTC nach dem Zeitstempel selbst, der hier nicht bestätigt ist"
    )
