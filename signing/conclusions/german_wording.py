"""A report in the clerk's German. Nothing sounds or looks better than it is."""

from __future__ import annotations

from enum import StrEnum, unique

from signing.conclusions.model import (
    Changes,
    Conclusion,
    Indication,
    Reason,
    SignatureReport,
    SignatureResult,
)


@unique
class Tone(StrEnum):
    """How a face may show it. Green only for intact *and* TOTAL_PASSED."""

    GREEN = "green"
    YELLOW = "yellow"
    RED = "red"
    NEUTRAL = "neutral"


OPEN = "not_assessed"  #: qualification where no trusted list is there
OVERDUE = "the trusted list is overdue"  #: qualification_reason

CONCLUSIONS = {
    Conclusion.UNSIGNED: "Keine elektronische Signatur gefunden.",
    Conclusion.INTACT: "Seit der Signatur unverändert",
    Conclusion.CHANGED: "Nach der Signatur geändert, die Änderung ist nicht erklärt",
    Conclusion.BROKEN: "Die Signatur stimmt nicht mit dem Inhalt überein",
    Conclusion.INDETERMINATE: "Nicht entscheidbar, ob das Dokument unverändert ist",
    Conclusion.UNSUPPORTED: "Signiert, aber hier nicht prüfbar",
}

SUB_INDICATIONS = {
    "REVOKED": "Zertifikat widerrufen",
    "REVOKED_NO_POE": "Zertifikat widerrufen",
    "REVOKED_CA_NO_POE": "Zertifikat des Ausstellers widerrufen",
    "EXPIRED": "Zertifikat war bei der Signatur abgelaufen",
    "NOT_YET_VALID": "Zertifikat war bei der Signatur noch nicht gültig",
    "OUT_OF_BOUNDS_NO_POE": (
        "Zertifikat abgelaufen, und kein Beweis, dass die Signatur vorher bestand"
    ),
    "OUT_OF_BOUNDS_NOT_REVOKED": "Zertifikat abgelaufen, ein Widerruf ist nicht bekannt",
    "NO_CERTIFICATE_CHAIN_FOUND": "Aussteller des Zertifikats hier nicht als vertrauenswürdig bekannt",
    "NO_SIGNING_CERTIFICATE_FOUND": "Zertifikat des Unterzeichners fehlt oder passt nicht",
    "CERTIFICATE_CHAIN_GENERAL_FAILURE": "Zertifikatskette nicht prüfbar",
    "CHAIN_CONSTRAINTS_FAILURE": "Zertifikat für diese Art der Signatur nicht vorgesehen",
    "CRYPTO_CONSTRAINTS_FAILURE": "Verfahren gilt als nicht mehr sicher",
    "CRYPTO_CONSTRAINTS_FAILURE_NO_POE": "Verfahren gilt als nicht mehr sicher",
    "TRY_LATER": "Sperrauskunft fehlt",
    "REVOCATION_OUT_OF_BOUNDS_NO_POE": "Sperrauskunft nicht mehr aktuell",
    "SIG_CONSTRAINTS_FAILURE": "Anforderung an die Signatur nicht erfüllt",
    "TIMESTAMP_ORDER_FAILURE": "Zeitstempel widersprechen einander",
    "SIGNED_DATA_NOT_FOUND": "signierter Inhalt fehlt",
}

QUALIFICATIONS = {
    "QESig": "qualifizierte elektronische Signatur",
    "QESeal": "qualifiziertes elektronisches Siegel",
    "AdESig-QC": "fortgeschrittene elektronische Signatur mit qualifiziertem Zertifikat",
    "AdESeal-QC": "fortgeschrittenes elektronisches Siegel mit qualifiziertem Zertifikat",
    "AdESig": "fortgeschrittene elektronische Signatur, nicht qualifiziert",
    "AdESeal": "fortgeschrittenes elektronisches Siegel, nicht qualifiziert",
    "QTSA": "qualifizierter Zeitstempel",
    "TSA": "Zeitstempel, nicht qualifiziert",
    "not_determined": "Qualifikation nicht feststellbar",
    "not_assessed": "Qualifikation nicht geprüft, da keine Vertrauensliste vorliegt",
}

REASONS = {
    Reason.DIGEST_MISMATCH: "Der Inhalt passt nicht zum signierten Hashwert.",
    Reason.VALUE_MISMATCH: "Der Signaturwert passt nicht zum Schlüssel des Zertifikats.",
    Reason.ATTRIBUTES_REORDERED: (
        "Die signierten Angaben sind nicht in der vorgeschriebenen Reihenfolge gespeichert; "
        "in der vorgeschriebenen stimmt die Signatur."
    ),
    Reason.ATTRIBUTES_AS_TRANSMITTED: (
        "Die Signatur ist rechnerisch richtig, aber nicht normgerecht kodiert."
    ),
    Reason.ALGORITHM_MISMATCH: (
        "Die Signatur nennt ein anderes Verfahren als das, womit sie gebildet ist."
    ),
    Reason.ENCAPSULATED_CONTENT: (
        "Die Signatur enthält eigenen Inhalt, der nicht das angezeigte Dokument ist."
    ),
    Reason.NOT_WHOLE_REVISION: "Die Signatur umfasst nicht die ganze Fassung des Dokuments.",
    Reason.TRAILING_BYTES: "Hinter dem signierten Teil stehen nicht signierte Daten.",
    Reason.CHANGED_AFTER_SIGNING: "Nach der Signatur wurde etwas hinzugefügt oder ersetzt.",
    Reason.CHANGE_NOT_ALLOWED: (
        "Nach der Signatur wurde etwas geändert, das der Unterzeichner nicht zugelassen hat."
    ),
    Reason.PAGES_DIFFER: "Die angezeigten Seiten sind nicht die signierten.",
    Reason.MAY_HIDE: "Später Hinzugefügtes kann verdecken, was signiert wurde.",
    Reason.CHANGES_UNKNOWN: "Was nach der Signatur hinzukam, war nicht bestimmbar.",
    Reason.PERMITTED_CHANGES: "Spätere zulässige Ergänzungen sind enthalten.",
    Reason.HARMLESS_CAUSE: "Eine spätere Ergänzung ist als unschädlich bekannt.",
    Reason.FIELD_MISSING: "Eine Signatur früherer Fassung ist im Dokument nicht mehr verankert.",
    Reason.NOT_ANCHORED: "Die Signatur ist im Dokument nicht als Unterschrift verankert.",
    Reason.USAGE_RIGHTS_ONLY: (
        "Enthalten ist nur eine Signatur für Nutzungsrechte am Formular, keine Unterschrift."
    ),
    Reason.TRACE_ONLY: "Spuren einer Signatur, die nicht gelesen werden kann.",
    Reason.UNREADABLE: "Die Signatur ist vorhanden, aber nicht lesbar.",
    Reason.EMPTY_CONTENTS: "Ein Signaturfeld ist als ausgefüllt gekennzeichnet, aber leer.",
    Reason.NO_SIGNER_CERTIFICATE: "Das Zertifikat des Unterzeichners fehlt.",
    Reason.CONTENT_MISSING: "Der signierte Inhalt liegt nicht vor.",
    Reason.CONTENT_BY_DIGEST: (
        "Signiert ist eine andere Datei, als der Name der Signatur erwarten lässt."
    ),
    Reason.FORMAT_NOT_CHECKED: "Signiert, hier nicht prüfbar: Form wird nicht unterstützt.",
    Reason.ALGORITHM_NOT_CHECKED: "Das verwendete Verfahren wird hier nicht berechnet.",
    Reason.READ_LENIENTLY: "Die Datei entspricht nicht der Norm und wurde nachsichtig gelesen.",
    Reason.FILE_UNREADABLE: "Die Datei ist nicht lesbar.",
    Reason.ENCRYPTED: "Die Datei ist verschlüsselt.",
    Reason.TOO_MANY_SIGNATURES: "Die Datei enthält mehr Signaturen, als geprüft werden.",
    Reason.TIMESTAMP_NOT_USABLE: "Ein Zeitstempel ist nicht verwertbar.",
    Reason.PART_NOT_COVERED: "Ein Teil des Inhalts ist von keiner Signatur erfasst.",
    Reason.PART_OF_ANOTHER: "Ein Teil des Inhalts ist nur von einer anderen Signatur erfasst.",
    Reason.NOTHING_SIGNED: "Der Container enthält keine Datei, die signiert wäre.",
    Reason.LEGACY_DE_CHAIN_MODEL: (
        "Ältere deutsche Signatur: Sie wäre nach dem Kettenmodell zu beurteilen, geprüft ist hier "
        "nach dem Schalenmodell."
    ),
    Reason.MAIL_AMBIGUOUS: (
        "Die Nachricht ist so aufgebaut, dass andere Programme einen anderen Inhalt zeigen können."
    ),
    Reason.HEADER_NOT_COVERED: (
        "Absender, Betreff und Datum der Nachricht sind von der Signatur nicht erfasst."
    ),
    Reason.SENDER_DIFFERS: (
        "Der angezeigte Absender ist keine Adresse des Zertifikats, mit dem unterschrieben wurde."
    ),
    Reason.CHECK_DIED: "Die Prüfung wurde abgebrochen.",
}


def wording(subject: SignatureReport | SignatureResult) -> str:
    """One German sentence or two for the clerk: conclusion, certificate, then the reasons."""
    if isinstance(subject, SignatureResult):
        return _of_signature(subject)
    parts = [_head(subject.conclusion, subject.signatures)]
    parts += [REASONS[reason] for reason in subject.reasons]
    return " ".join(dict.fromkeys(parts))


def tone(subject: SignatureReport | SignatureResult) -> Tone:
    """The colour a face may use; indeterminate is neither green nor red (evidence.md 9.5)."""
    if subject.conclusion is Conclusion.UNSIGNED:
        return Tone.NEUTRAL
    if subject.conclusion is Conclusion.BROKEN:
        return Tone.RED
    signatures = (subject,) if isinstance(subject, SignatureResult) else subject.signatures
    indications = {signature.indication for signature in signatures}
    if subject.conclusion is Conclusion.INTACT and indications == {Indication.TOTAL_PASSED}:
        return Tone.GREEN
    return Tone.YELLOW


def _of_signature(signature: SignatureResult) -> str:
    parts = [_head(signature.conclusion, (signature,))]
    parts += [REASONS[reason] for reason in signature.reasons]
    return " ".join(dict.fromkeys(parts))


def _head(conclusion: Conclusion, signatures: tuple[SignatureResult, ...]) -> str:
    head = CONCLUSIONS[conclusion].rstrip(".")
    if conclusion is Conclusion.INTACT:
        head = _intact(signatures)
    return head + "."


def _intact(signatures: tuple[SignatureResult, ...]) -> str:
    head = CONCLUSIONS[Conclusion.INTACT]
    if any(signature.changes is Changes.PERMITTED for signature in signatures):
        head += " bis auf zulässige Ergänzungen"
    open_points = [
        SUB_INDICATIONS.get(signature.sub_indication or "", "Zertifikat nicht abschließend prüfbar")
        for signature in signatures
        if signature.indication is not Indication.TOTAL_PASSED
    ]
    if open_points:
        return head + ", aber: " + ", ".join(dict.fromkeys(open_points))
    if not signatures:
        return head
    kinds = [qualified(signature) for signature in signatures if signature.qualification != OPEN]
    return ", ".join((head, "Zertifikat gültig", *dict.fromkeys(kinds)))


def qualified(signature: SignatureResult) -> str:
    """What the signature counts as, in words; why, where that is open."""
    words = QUALIFICATIONS.get(signature.qualification, signature.qualification)
    if signature.qualification_reason == OVERDUE:
        words += " (Vertrauensliste überfällig)"
    return words
