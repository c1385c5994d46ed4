"""What the law wants stated of a signature that was checked, in German, never more than was found.

§ 33 Abs. 5 VwVfG (certified copies): whom the check shows as holder, which time it shows for the
signing, which certificates with which data underlay it. § 298 Abs. 3 ZPO (print-outs for the file):
the result of the integrity check, holder, time.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from signing.conclusions.german_wording import CONCLUSIONS, SUB_INDICATIONS, qualified, wording
from signing.conclusions.model import (
    STAMPS,
    AlgorithmUse,
    CertificateInfo,
    Changes,
    Conclusion,
    Indication,
    Kind,
    SignatureReport,
    SignatureResult,
    TrustedListInfo,
)
from signing.trust.algorithm_policy import end_of

Fact = tuple[str, str]  #: label and value

KINDS = {
    Kind.SIGNATURE: "Signatur",
    Kind.SEAL: "Siegel",
    Kind.TIMESTAMP: "Zeitstempel",
    Kind.DOC_TIMESTAMP: "Dokument-Zeitstempel",
    Kind.EVIDENCE_RECORD: "Beweisdatensatz",
    Kind.USAGE_RIGHTS: "Nutzungsrechte am Formular",
}
INDICATIONS = {
    Indication.TOTAL_PASSED: "gültig",
    Indication.TOTAL_FAILED: "ungültig",
    Indication.INDETERMINATE: "nicht abschließend prüfbar",
}
SOURCES = {"SIG_TS": "Signaturzeitstempel", "DOC_TS": "Dokument-Zeitstempel", "RECEIPT": "Eingang"}
STATUSES = {"good": "nicht gesperrt", "revoked": "gesperrt", "unknown": "unbekannt"}
QUALIFIED = ("QESig", "QESeal", "QTSA")


def of_the_law(one: SignatureResult) -> tuple[Fact, ...]:
    """The statements of § 33 Abs. 5 VwVfG and § 298 Abs. 3 ZPO for one signature."""
    return (
        ("Ergebnis der Integritätsprüfung", _integrity(one)),
        ("Inhaber laut Signaturprüfung", _holder(one)),
        ("Zeitpunkt der Anbringung laut Signaturprüfung", _time_of(one)),
        *(("Zugrunde liegendes Zertifikat", line) for line in _certificates(one)),
        ("Qualifikation", _qualification(one)),
    )


def of_the_file(report: SignatureReport) -> tuple[Fact, ...]:
    """What was looked at, when, with what, by which lists."""
    return (
        ("Datei", report.file),
        ("SHA-256 der Datei", report.sha256),
        ("Größe", f"{report.size} Byte"),
        ("Prüfzeitpunkt", moment(report.validation_time)),
        ("Ergebnis", wording(report)),
        ("Gelesen", "nach der Norm" if report.reading.value == "strict" else "nachsichtig"),
        ("Prüfprogramm", f"{report.engine.name} {report.engine.version}"),
        ("Prüfregeln", report.policy),
        ("Vertrauensbestand (SHA-256)", report.trust or "keiner"),
        *(("Vertrauensliste", of_list(one)) for one in report.trusted_lists),
        *(("Abgesetzter Inhalt", f"{name}, SHA-256 {sha}") for name, sha in report.contents),
    )


def of_the_signature(one: SignatureResult) -> tuple[Fact, ...]:
    """Every finding of one signature, for those who want the details."""
    return tuple((label, value) for label, value in _details(one) if value)


def _details(one: SignatureResult) -> Iterator[Fact]:
    yield "Art", f"{KINDS[one.kind]} ({one.format}, {one.container})"
    yield "Ergebnis", wording(one)
    sub = SUB_INDICATIONS.get(one.sub_indication or "", "")
    yield "Status nach EN 319 102-1", " / ".join(filter(None, (one.indication, one.sub_indication)))
    yield "Bedeutung", ": ".join(filter(None, (INDICATIONS[one.indication], sub)))
    yield "Qualifikation", _qualification(one)
    yield "Feld", one.field or ""
    yield "Byte-Bereich", " ".join(map(str, one.byte_range or ()))
    yield "Umfasst die ganze Datei", {True: "ja", False: "nein", None: ""}[one.covers_whole_file]
    yield "Angegebener Zeitpunkt", moment(one.signing_time)
    yield "Nachgewiesen spätestens", _proven(one)
    for line in _certificates(one):
        yield "Zertifikat", line
    yield "Vertrauensanker", one.trust_anchor or ""
    for data in one.revocation:
        stand = f"{data.method} vom {moment(data.this_update)}: "
        when = f" seit {moment(data.revoked_at)}" if data.revoked_at else ""
        yield "Sperrauskunft", stand + STATUSES.get(data.status, data.status) + when
    for stamp in one.timestamps:
        known = "vertrauenswürdig" if stamp.trusted else "nicht als vertrauenswürdig bestätigt"
        kind = ", qualifiziert" if stamp.qualified else ""
        yield (
            "Zeitstempel",
            f"{moment(stamp.time)}, {stamp.authority or 'unbekannt'}: {known}{kind}",
        )
    for use in one.algorithms:
        yield "Verfahren", _algorithm(use)
    if one.trusted_list is not None:
        yield "Vertrauensliste", of_list(one.trusted_list)


def of_list(one: TrustedListInfo) -> str:
    """A trusted list with its number and dates."""
    return (
        f"{one.territory} Nr. {one.sequence_number} vom {moment(one.issue_date)}, "
        f"nächste Ausgabe bis {moment(one.next_update)}, SHA-256 {one.sha256}"
    )


def moment(time: datetime | None) -> str:
    """A time as people write it, always with its zone."""
    return "" if time is None else f"{time:%d.%m.%Y %H:%M:%S} {time:%Z}".strip()


def _integrity(one: SignatureResult) -> str:
    text = CONCLUSIONS[one.conclusion].rstrip(".")
    if one.conclusion is Conclusion.INTACT and one.changes is Changes.PERMITTED:
        text += " bis auf zulässige Ergänzungen"
    return text + "."


def _holder(one: SignatureResult) -> str:
    named = _name(one)
    if not named:
        return "Die Signaturprüfung weist keinen Inhaber aus."
    if one.indication is Indication.TOTAL_PASSED:
        return named
    why = SUB_INDICATIONS.get(one.sub_indication or "", INDICATIONS[one.indication])
    return f"Nicht bestätigt ({why}). Das Zertifikat nennt: {named}"


def _name(one: SignatureResult) -> str:
    if one.certificate is None:
        return one.signer or ""
    parts = (one.certificate.name, one.certificate.organisation)
    named = ", ".join(part for part in parts if part) or one.certificate.subject
    return f"{named} (Pseudonym)" if one.certificate.pseudonym else named


def _time_of(one: SignatureResult) -> str:
    claimed = moment(one.signing_time)
    proven = _proven(one)
    if proven:
        return f"spätestens {proven}" + (f"; angegeben ist {claimed}" if claimed else "")
    if claimed and one.kind in STAMPS:
        return f"{claimed} nach dem Zeitstempel selbst, der hier nicht bestätigt ist"
    if claimed:
        return f"{claimed} nach Angabe des Unterzeichners, nicht durch Zeitstempel nachgewiesen"
    return "Die Signaturprüfung weist keinen Zeitpunkt aus."


def _proven(one: SignatureResult) -> str:
    if one.best_time is None:
        return ""
    source = SOURCES.get(one.best_time_source, one.best_time_source)
    return f"{moment(one.best_time)} ({source})"


def _qualification(one: SignatureResult) -> str:
    words = qualified(one)
    if one.indication is not Indication.TOTAL_PASSED or one.qualification not in QUALIFIED:
        return words + "; als qualifiziert nicht festgestellt"
    return words


def _certificates(one: SignatureResult) -> Iterator[str]:
    if one.certificate is not None:
        yield _certificate(one.certificate)
    for certificate in one.chain:
        yield _certificate(certificate)


def _certificate(one: CertificateInfo) -> str:
    return (
        f"{one.subject}; Aussteller {one.issuer}; Seriennummer {one.serial}; gültig von "
        f"{moment(one.not_before)} bis {moment(one.not_after)}; SHA-256 {one.sha256}"
    )


def _algorithm(use: AlgorithmUse) -> str:
    end = end_of(use)
    size = f", {use.key_size} Bit" if use.key_size else ""
    until = f"geeignet bis {end:%d.%m.%Y}" if end is not None else "ohne festgelegtes Ende"
    name = "Hashverfahren" if use.use == "digest" else "Signaturverfahren"
    return f"{name} {use.algorithm}{size}: {until}"
