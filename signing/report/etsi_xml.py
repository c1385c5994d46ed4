"""A report as ETSI TS 119 102-2 V1.4.1 validation report (XML), made from the same frozen values.

Signatures and seals become ``SignatureValidationReport``; document time-stamps become validation
objects with a report of their own, as in EU DSS. What the norm has no place for (integrity, changes,
the conclusion, findings in German) stands in ``OtherInformation`` in a namespace of ours. The report
is not signed by itself; the archive's evidence covers it.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from urllib.parse import quote

from lxml import etree

from signing.conclusions.model import (
    STAMPS,
    CertificateInfo,
    Conclusion,
    Indication,
    SignatureReport,
    SignatureResult,
)
from signing.report.etsi_uris import (
    MAIN_OF_OBJECT,
    MAIN_OF_SIGNATURE,
    NO_SIGNATURE,
    PROCESS,
    QUALITY,
    algorithm_uri,
)
from signing.trust.algorithm_policy import end_of

VR = "http://uri.etsi.org/19102/v1.4.1#"
XADES = "http://uri.etsi.org/01903/v1.3.2#"
DS = "http://www.w3.org/2000/09/xmldsig#"
OURS = "urn:registratur:signature-report:1"
NAMESPACES = {"vr": VR, "XAdES": XADES, "ds": DS, "reg": OURS}
SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256"
URN = "urn:etsi:019102"
NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
DATA = "D1"  #: the file that was looked at, among the validation objects
Element = Any  # lxml comes without types


def to_xml(report: SignatureReport) -> bytes:
    """The whole report, UTF-8, indented. A file without a signature gives a report that says so."""
    return bytes(
        etree.tostring(
            _Writer(report).report(), xml_declaration=True, encoding="UTF-8", pretty_print=True
        )
    )


class _Writer:
    """One report in the making: certificates are listed once and referred to."""

    def __init__(self, report: SignatureReport) -> None:
        self.of = report
        self.root = etree.Element(f"{{{VR}}}ValidationReport", nsmap=NAMESPACES)
        self.certificates: dict[str, tuple[str, CertificateInfo]] = {}

    def report(self) -> Element:
        named = list(enumerate(self.of.signatures, 1))
        signatures = [(n, one) for n, one in named if one.kind not in STAMPS]
        for number, one in signatures:
            self._signature(_add(self.root, "SignatureValidationReport"), f"S{number}", one)
        if not signatures:
            self._nothing(_add(self.root, "SignatureValidationReport"))
        stamps = [(f"T{n}", one) for n, one in named if one.kind in STAMPS]
        objects = _add(self.root, "SignatureValidationObjects")
        made = [self._stamp(name, one) for name, one in stamps]
        self._data(objects)
        for name, certificate in self.certificates.values():
            _certificate(objects, name, certificate)
        objects.extend(made)
        return self.root

    def _nothing(self, into: Element) -> None:
        """The norm wants one report at least; an unsigned file is neither passed nor failed."""
        status = _add(into, "SignatureValidationStatus")
        unsigned = self.of.conclusion is Conclusion.UNSIGNED
        main = NO_SIGNATURE if unsigned else MAIN_OF_SIGNATURE[Indication.INDETERMINATE]
        _add(status, "MainIndication", main)
        self._file_findings(_add(into, "OtherInformation"))

    def _signature(self, into: Element, name: str, one: SignatureResult) -> None:
        identifier = _add(into, "SignatureIdentifier", id=name)
        _add(identifier, "HashOnly", "false")
        _add(identifier, "DocHashOnly", "false")
        if one.field:
            _add(identifier, "DAIdentifier", one.field)
        self._constraints(into, one)
        self._times(into, one)
        document = _add(into, "SignersDocument")
        _digest(document, SHA256, self.of.sha256)
        _add(document, "SignersDocumentRepresentation", VOReference=DATA)
        _attributes(into, one)
        self._signer(into, one)
        quality = _add(into, "SignatureQuality")
        _add(quality, "SignatureQualityInformation", QUALITY.get(one.qualification, QUALITY[""]))
        process = _add(into, "SignatureValidationProcess")
        _add(
            process, "SignatureValidationProcessID", PROCESS.get(one.best_time_source, PROCESS[""])
        )
        self._status(into, name, one, MAIN_OF_SIGNATURE[one.indication])
        other = _add(into, "OtherInformation")
        _findings(other, one)
        self._file_findings(other)

    def _stamp(self, name: str, one: SignatureResult) -> Element:
        """A time-stamp over the document: an object, proof of existence, with its own report."""
        made = etree.Element(f"{{{VR}}}ValidationObject", id=name)
        _add(made, "ObjectType", f"{URN}:validationObject:timestamp")
        shown = _add(_add(made, "ValidationObjectRepresentation"), "direct")
        _ours(shown, "Field", one.field or one.signature_id)
        if one.signing_time is not None:
            provides = _add(made, "POEProvisioning")
            _add(provides, "POETime", _time(one.signing_time))
            _add(provides, "ValidationObject", VOReference=DATA)
        report = _add(made, "ValidationReport")
        self._times(report, one)
        _attributes(report, one)
        self._signer(report, one)
        self._status(report, DATA, one, MAIN_OF_OBJECT[one.indication])
        _findings(_add(report, "OtherInformation"), one)
        return made

    def _constraints(self, into: Element, one: SignatureResult) -> None:
        report = _add(into, "ValidationConstraintsEvaluationReport")
        policy = _add(report, "SignatureValidationPolicy")
        implied = _add(policy, "SignaturePolicyIdentifier")
        etree.SubElement(implied, f"{{{XADES}}}SignaturePolicyImplied")
        _add(policy, "PolicyName", self.of.policy)
        for name, main, sub in _checks(one):
            constraint = _add(report, "ValidationConstraint")
            _add(constraint, "ValidationConstraintIdentifier", f"urn:registratur:constraint:{name}")
            status = _add(constraint, "ConstraintStatus")
            _add(status, "Status", f"{URN}:constraintStatus:applied")
            result = _add(constraint, "ValidationStatus")
            _add(result, "MainIndication", MAIN_OF_OBJECT[main])
            if sub:
                _add(result, "SubIndication", _sub(sub))

    def _times(self, into: Element, one: SignatureResult) -> None:
        info = _add(into, "ValidationTimeInfo")
        _add(info, "ValidationTime", _time(self.of.validation_time))
        best = _add(info, "BestSignatureTime")
        _add(best, "POETime", _time(one.best_time or self.of.validation_time))
        _add(best, "TypeOfProof", f"{URN}:poetype:validation")

    def _signer(self, into: Element, one: SignatureResult) -> None:
        if one.certificate is None:
            return
        signer = _add(into, "SignerInformation")
        signer.set("Pseudonym", "true" if one.certificate.pseudonym else "false")
        _add(signer, "SignerCertificate", VOReference=self._known(one.certificate))
        _add(signer, "Signer", one.signer or one.certificate.subject)

    def _status(self, into: Element, name: str, one: SignatureResult, main: str) -> None:
        status = _add(into, "SignatureValidationStatus")
        _add(status, "MainIndication", main)
        if one.sub_indication:
            _add(status, "SubIndication", _sub(one.sub_indication))
        if one.certificate is not None:
            self._chain(_add(status, "AssociatedValidationReportData"), one, one.certificate)
        for use in one.algorithms:
            end = end_of(use)
            data = _add(status, "AssociatedValidationReportData")
            crypto = _add(data, "CryptoInformation")
            _add(crypto, "ValidationObjectId", VOReference=name)
            _add(crypto, "Algorithm", algorithm_uri(use))
            time = one.best_time or self.of.validation_time
            _add(crypto, "SecureAlgorithm", "true" if end is None or time < end else "false")
            if end is not None:
                _add(crypto, "NotAfter", _time(end))

    def _chain(self, into: Element, one: SignatureResult, leaf: CertificateInfo) -> None:
        chain = _add(into, "CertificateChain")
        _add(chain, "SigningCertificate", VOReference=self._known(leaf))
        above = one.chain if one.trust_anchor is None else one.chain[:-1]
        for certificate in above:
            _add(chain, "IntermediateCertificate", VOReference=self._known(certificate))
        if one.trust_anchor is not None and one.chain:
            _add(chain, "TrustAnchor", VOReference=self._known(one.chain[-1]))
        revoked = next((r for r in one.revocation if r.revoked_at is not None), None)
        if revoked is not None and revoked.revoked_at is not None:
            info = _add(into, "RevocationStatusInformation")
            _add(info, "ValidationObjectId", VOReference=self._known(leaf))
            _add(info, "RevocationTime", _time(revoked.revoked_at))

    def _known(self, certificate: CertificateInfo) -> str:
        key = certificate.sha256 or f"{certificate.issuer}\0{certificate.serial}"
        name, _ = self.certificates.setdefault(key, (f"C{len(self.certificates) + 1}", certificate))
        return name

    def _data(self, objects: Element) -> None:
        made = _add(objects, "ValidationObject", id=DATA)
        _add(made, "ObjectType", f"{URN}:validationObject:signedData")
        _digest(_add(made, "ValidationObjectRepresentation"), SHA256, self.of.sha256)

    def _file_findings(self, into: Element) -> None:
        """What is said of the file as a whole; the same in each signature's report."""
        _ours(into, "File", self.of.file)
        _ours(into, "FileConclusion", self.of.conclusion.value)
        _ours(into, "Reading", self.of.reading.value)
        for line in self.of.warnings:
            _ours(into, "Warning", line)
        for one in self.of.trusted_lists:
            item = _ours(into, "TrustedList", "")
            item.set("territory", _text(one.territory))
            item.set("sequenceNumber", str(one.sequence_number or ""))
            item.set("sha256", _text(one.sha256))
        engine = _ours(into, "Engine", self.of.engine.name)
        engine.set("version", _text(self.of.engine.version))


def _checks(one: SignatureResult) -> Iterator[tuple[str, Indication, str]]:
    """Our constraints as the norm words them: each passed, failed or left open."""
    passed, failed, unclear = (
        Indication.TOTAL_PASSED,
        Indication.TOTAL_FAILED,
        Indication.INDETERMINATE,
    )
    integrity = {"intact": passed, "broken": failed}.get(one.integrity.value, unclear)
    changes = {"none": passed, "permitted": passed, "suspicious": failed}
    yield "integrity", integrity, "" if integrity is passed else (one.sub_indication or "")
    yield "changes-after-signing", changes.get(one.changes.value, unclear), ""
    chain = one.indication if integrity is passed else unclear
    yield "certificate-at-best-time", chain, "" if chain is passed else (one.sub_indication or "")


def _attributes(into: Element, one: SignatureResult) -> None:
    holder = etree.Element(f"{{{VR}}}SignatureAttributes")
    if one.signing_time is not None:
        _add(_add(holder, "SigningTime"), "Time", _time(one.signing_time))
    for stamp in one.timestamps:
        if stamp.time is not None:
            kind = "ArchiveTimeStamp" if stamp.kind == "ARCHIVE_TS" else "SignatureTimeStamp"
            _add(_add(holder, kind), "TimeStampValue", _time(stamp.time))
    if one.byte_range:
        _add(holder, "ByteRange", " ".join(str(number) for number in one.byte_range))
    if len(holder):
        into.append(holder)


def _findings(into: Element, one: SignatureResult) -> None:
    _ours(into, "Conclusion", one.conclusion.value)
    _ours(into, "Integrity", one.integrity.value)
    _ours(into, "Changes", one.changes.value)
    _ours(into, "Qualification", one.qualification)
    for note in one.notes:
        _ours(into, "Note", note.detail).set("reason", note.reason.value)


def _certificate(objects: Element, name: str, certificate: CertificateInfo) -> None:
    made = _add(objects, "ValidationObject", id=name)
    _add(made, "ObjectType", f"{URN}:validationObject:certificate")
    shown = _add(made, "ValidationObjectRepresentation")
    if certificate.sha256:
        _digest(shown, SHA256, certificate.sha256)
    direct = _add(shown, "direct")
    _ours(direct, "Subject", certificate.subject)
    _ours(direct, "Issuer", certificate.issuer)
    _ours(direct, "Serial", certificate.serial)


def _digest(into: Element, method: str, value: str) -> None:
    made = _add(into, "DigestAlgAndValue")
    etree.SubElement(made, f"{{{DS}}}DigestMethod", Algorithm=method)
    encoded = base64.b64encode(bytes.fromhex(value)).decode()
    etree.SubElement(made, f"{{{DS}}}DigestValue").text = encoded


def _sub(name: str) -> str:
    return f"{URN}:subindication:{quote(name.encode('utf-8', 'replace'))}"


def _time(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


def _text(text: str) -> str:
    """Without what XML cannot carry: names in certificates are chosen by their holders."""
    return NOT_XML.sub("\ufffd", text)


def _add(into: Element, name: str, text: str | None = None, **attributes: str) -> Element:
    made = etree.SubElement(into, f"{{{VR}}}{name}", **attributes)
    if text is not None:
        made.text = _text(text)
    return made


def _ours(into: Element, name: str, text: str) -> Element:
    made = etree.SubElement(into, f"{{{OURS}}}{name}")
    made.text = _text(text)
    return made
