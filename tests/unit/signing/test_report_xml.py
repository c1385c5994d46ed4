"""The validation report of TS 119 102-2: structure, names, and nothing a signer can write breaks it.

The structure is read back by pyHanko's binding of the ETSI schema, which refuses unknown elements.
"""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree
from pyhanko.generated.etsi import ts_11910202
from xsdata.formats.dataclass.parsers import XmlParser
from xsdata.formats.dataclass.parsers.config import ParserConfig

from signing.report.etsi_xml import NAMESPACES, VR, to_xml
from signing.report.interface import (
    AlgorithmUse,
    CertificateInfo,
    Conclusion,
    Engine,
    Indication,
    Kind,
    Note,
    Reading,
    Reason,
    RevocationInfo,
    SignatureReport,
    SignatureResult,
)
from signing.trust.trust_folder import Trust
from signing.validate import validate_file
from tests.unit.signing.make import pdf, write
from tests.unit.signing.pki import Pki
from tests.unit.signing.test_report import results

AT = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
OLD = "http://uri.etsi.org/19102/v1.2.1#"  #: what pyHanko's binding knows
ORDER = (
    "SignatureIdentifier",
    "ValidationConstraintsEvaluationReport",
    "ValidationTimeInfo",
    "SignersDocument",
    "SignatureAttributes",
    "SignerInformation",
    "SignatureQuality",
    "SignatureValidationProcess",
    "SignatureValidationStatus",
    "OtherInformation",
)


def read(data: bytes) -> Any:
    """The report as the ETSI schema's binding understands it."""
    config = ParserConfig(fail_on_unknown_properties=True, fail_on_converter_warnings=True)
    text = data.replace(VR.encode(), OLD.encode()).decode()
    return XmlParser(config=config).from_string(text, ts_11910202.ValidationReport)


def found(data: bytes, path: str) -> list[Any]:
    return list(etree.fromstring(data).xpath(path, namespaces=NAMESPACES))


@pytest.fixture(scope="module")
def passed(tmp_path_factory: pytest.TempPathFactory) -> SignatureReport:
    """Signed, stamped, stored, stamped again."""
    folder = tmp_path_factory.mktemp("xml")
    pki = Pki(folder / "pki")
    data = pki.stamp(pki.store(pki.sign(pdf(), "good", stamped=AT), AT), AT)
    path = write(folder, "letter.pdf", pki.store(data, AT))
    return validate_file(path, (), AT, Trust(pki.trust(folder / "trust")), "letter.pdf")


def test_a_passed_signature(passed: SignatureReport) -> None:
    data = to_xml(passed)
    root = etree.fromstring(data)
    assert root.tag == f"{{{VR}}}ValidationReport"
    (report,) = found(data, "/vr:ValidationReport/vr:SignatureValidationReport")
    names = [etree.QName(child).localname for child in report]
    assert names == [name for name in ORDER if name in names] and len(names) == len(ORDER)
    status = "//vr:SignatureValidationReport/vr:SignatureValidationStatus"
    assert found(data, f"{status}/vr:MainIndication/text()") == [
        "urn:etsi:019102:mainindication:total-passed"
    ]
    assert found(data, f"{status}/vr:SubIndication") == []
    assert found(data, "//vr:SignatureValidationProcessID/text()") == [
        "urn:etsi:019102:validationprocess:LTA"
    ]
    assert found(data, "//vr:SignerInformation/vr:Signer/text()")[0].startswith(
        "Common Name: Erika Muster"
    )
    assert found(data, "//vr:BestSignatureTime/vr:POETime/text()")[0] == "2026-05-04T12:00:00Z"


def test_the_time_stamp_is_an_object_with_a_report(passed: SignatureReport) -> None:
    data = to_xml(passed)
    stamp = "//vr:ValidationObject[vr:ObjectType='urn:etsi:019102:validationObject:timestamp']"
    status = f"{stamp}/vr:ValidationReport/vr:SignatureValidationStatus/vr:MainIndication/text()"
    assert found(data, status) == ["urn:etsi:019102:mainindication:passed"]
    assert found(data, f"{stamp}/vr:POEProvisioning/vr:POETime/text()") == ["2026-05-04T12:00:00Z"]


def test_every_reference_leads_somewhere(passed: SignatureReport) -> None:
    data = to_xml(passed)
    ids = found(data, "//@id")
    assert len(ids) == len(set(ids))
    assert set(found(data, "//@VOReference")) <= set(ids)
    chain = "//vr:SignatureValidationReport//vr:CertificateChain"
    (anchor,) = found(data, f"{chain}/vr:TrustAnchor/@VOReference")
    named = found(data, f"//vr:ValidationObject[@id='{anchor}']//*[local-name()='Subject']/text()")
    assert "Testwurzel" in named[0]


def test_the_binding_reads_it(passed: SignatureReport) -> None:
    understood = read(to_xml(passed))
    (report,) = understood.signature_validation_report
    assert report.signature_validation_status.main_indication.endswith("total-passed")
    assert len(understood.signature_validation_objects.validation_object) >= 4


def made(signature: SignatureResult | None, conclusion: Conclusion) -> SignatureReport:
    return SignatureReport(
        file="a.pdf",
        sha256="ab" * 32,
        size=1,
        conclusion=conclusion,
        reading=Reading.STRICT,
        signatures=() if signature is None else (signature,),
        warnings=("Etwas < & > Auffälliges",),
        notes=(),
        validation_time=AT,
        engine=Engine(name="e", version="1"),
    )


def test_a_revoked_signer_with_an_old_algorithm(passed: SignatureReport) -> None:
    (signature,) = [one for one in passed.signatures if one.kind is Kind.SIGNATURE]
    revoked = dataclasses.replace(
        signature,
        indication=Indication.INDETERMINATE,
        sub_indication="REVOKED_NO_POE",
        algorithms=(AlgorithmUse(use="digest", algorithm="sha1"),),
        revocation=(
            RevocationInfo(certificate="c", method="CRL", status="revoked", revoked_at=AT),
        ),
    )
    data = to_xml(made(revoked, Conclusion.INTACT))
    sub = "//vr:SignatureValidationReport/vr:SignatureValidationStatus/vr:SubIndication/text()"
    assert found(data, sub) == ["urn:etsi:019102:subindication:REVOKED_NO_POE"]
    assert found(data, "//vr:RevocationTime/text()") == ["2026-05-04T12:00:00Z"]
    crypto = "//vr:CryptoInformation"
    assert found(data, f"{crypto}/vr:SecureAlgorithm/text()") == ["false"]
    assert found(data, f"{crypto}/vr:Algorithm/text()") == [
        "http://www.w3.org/2000/09/xmldsig#sha1"
    ]
    read(data)


@pytest.mark.parametrize(
    ("conclusion", "main"),
    [
        (Conclusion.UNSIGNED, "urn:registratur:mainindication:no-signature"),
        (Conclusion.INDETERMINATE, "urn:etsi:019102:mainindication:indeterminate"),
    ],
)
def test_without_a_signature(conclusion: Conclusion, main: str) -> None:
    data = to_xml(made(None, conclusion))
    assert found(data, "//vr:SignatureValidationReport//vr:MainIndication/text()") == [main]
    read(data)


certificates = st.builds(
    CertificateInfo, subject=st.text(), issuer=st.text(), sha256=st.sampled_from(["", "cd" * 32])
)


@given(results, st.text(), certificates, st.text(max_size=20))
def test_whatever_a_signer_is_called(
    one: SignatureResult, name: str, certificate: CertificateInfo, sub: str
) -> None:
    signature = dataclasses.replace(
        one,
        signer=name,
        field=name,
        certificate=certificate,
        chain=(certificate,),
        sub_indication=sub,
        algorithms=(AlgorithmUse(use="signature", algorithm=name),),
        notes=(Note(reason=Reason.UNREADABLE, detail=name),),
    )
    data = to_xml(made(signature, Conclusion.INTACT))
    root = etree.fromstring(data)
    kept = "".join(root.xpath("//vr:DAIdentifier/text()", namespaces=NAMESPACES))
    assert len(root.xpath("//vr:ValidationReport//vr:SignatureValidationStatus",
                          namespaces=NAMESPACES)) >= 1  # fmt: skip
    assert "<" not in name or one.kind in (Kind.TIMESTAMP, Kind.DOC_TIMESTAMP) or "<" in kept
    assert set(root.xpath("//@VOReference")) <= set(root.xpath("//@id"))


def test_every_file_of_the_corpus_has_one(shared_data: Path) -> None:
    for path in sorted((shared_data / "signatures" / "files").iterdir())[::6]:
        read(to_xml(validate_file(path, (), AT, None, path.name)))
