"""What codes are called on the pages. A code without a word shows itself: nothing is hidden."""

from __future__ import annotations

from datetime import date

from archive.model import RenditionRole, Role, Severity
from archive.people.grant_records import State
from archive.stages import DOCUMENT_ROAD, ITEM_ROAD, Outcome, Stage
from config.errors import HoldReason

STAGES = {
    Stage.RECEIVED: "Angekommen und gesichert",
    Stage.CHECKED: "Datei geprüft",
    Stage.VERIFIED: "Signaturen geprüft",
    Stage.SEPARATED: "In Dokumente geordnet",
    Stage.RECOGNISED: "Text erkannt",
    Stage.PRESERVED: "Als PDF/A gesichert",
    Stage.NOTED: "Transfervermerk erstellt",
    Stage.SEALED: "Gesiegelt",
    Stage.FILED: "In der Akte",
    Stage.AWAITING_QA: "Wartet auf Sichtprüfung",
    Stage.HELD: "Angehalten",
    Stage.REJECTED: "Abgelehnt",
    Stage.DUPLICATE: "Schon vorhanden",
}
OUTCOMES = {
    Outcome.ARCHIVED: "In der Akte",
    Outcome.HELD: "Zu klären",
    Outcome.AWAITING_QA: "Wartet auf Sichtprüfung",
    Outcome.REJECTED: "Abgelehnt",
    Outcome.DUPLICATE: "Schon vorhanden",
}
TONES = {
    Outcome.ARCHIVED: "ok",
    Outcome.HELD: "warn",
    Outcome.AWAITING_QA: "warn",
    Outcome.REJECTED: "",
    Outcome.DUPLICATE: "",
}
HOLD_REASONS = {
    HoldReason.EMPTY: "Die Datei ist leer.",
    HoldReason.UNREADABLE: "Die Datei lässt sich nicht lesen.",
    HoldReason.NOT_DISPLAYABLE: "Dieses Programm kann das Bild nicht sicher darstellen.",
    HoldReason.ENCRYPTED: "Die Datei ist mit einem Kennwort geschützt.",
    HoldReason.TYPE_NOT_ACCEPTED: "Diese Dateiart wird nicht angenommen.",
    HoldReason.OVER_LIMIT: "Die Datei überschreitet eine Grenze für Größe, Umfang oder Rechenzeit.",
    HoldReason.MALWARE: "In der Datei wurde Schadsoftware gefunden.",
    HoldReason.ACTIVE_CONTENT: "Die Datei könnte beim Öffnen etwas ausführen.",
    HoldReason.CLASSIFIED: "Die Datei ist als Verschlusssache gekennzeichnet.",
    HoldReason.SIGNED_STACK: "Eine signierte Datei enthält mehrere Dokumente; getrennt würde sie "
    "ihre Signatur verlieren.",
    HoldReason.NO_PERSON: "Für diesen Eingang ist keine Person im Dienst hinterlegt.",
    HoldReason.CLARIFICATION: "Eine Zweifelsfrage ist zu klären.",
    HoldReason.CHILD_DIED: "Die Bearbeitung der Datei ist mehrmals abgebrochen.",
    HoldReason.INTERNAL: "Es gab einen internen Fehler.",
}
HOLD_ADVICE = {
    HoldReason.EMPTY: "Neu scannen und die lesbare Datei nachreichen, oder ablehnen.",
    HoldReason.UNREADABLE: "Neu scannen und die lesbare Datei nachreichen, oder ablehnen.",
    HoldReason.NOT_DISPLAYABLE: "In ein übliches Format umwandeln (PDF, oder TIFF mit 8 Bit in "
    "Graustufen oder RGB) und nachreichen, oder ablehnen. Ein neuer Scan ist nicht nötig.",
    HoldReason.ENCRYPTED: "Kennwort beim Absender erfragen und hier angeben. Es wird nicht "
    "gespeichert; die Datei bleibt, wie sie ankam.",
    HoldReason.TYPE_NOT_ACCEPTED: "Den Absender um ein angenommenes Format bitten (etwa PDF) und "
    "die Datei nachreichen, oder ablehnen.",
    HoldReason.OVER_LIMIT: "Aufgeteilt oder kleiner nachreichen, oder die Verwaltung um eine "
    "höhere Grenze bitten und nochmals versuchen.",
    HoldReason.MALWARE: "Nicht öffnen. IT-Sicherheit verständigen, dann ablehnen.",
    HoldReason.ACTIVE_CONTENT: "Den Absender um eine Fassung ohne aktive Inhalte bitten und "
    "nachreichen, oder ablehnen.",
    HoldReason.CLASSIFIED: "Verschlusssachen gehören nicht hierher: ablehnen und den dafür "
    "vorgesehenen Weg gehen.",
    HoldReason.SIGNED_STACK: "Einzeln eingereichte Dateien nachreichen, oder nochmals versuchen, "
    "wenn die Trennblätter entfernt sind.",
    HoldReason.NO_PERSON: "Die Verwaltung trägt die Person beim Eingangsweg ein; danach nochmals "
    "versuchen.",
    HoldReason.CLARIFICATION: "Frage klären, dann nochmals versuchen oder ablehnen.",
    HoldReason.CHILD_DIED: "Nochmals versuchen; gelingt es nicht, eine andere Fassung nachreichen.",
    HoldReason.INTERNAL: "Nochmals versuchen; bleibt es dabei, die Fehlernummer der Verwaltung "
    "nennen.",
}
ROLES = {
    Role.MAIL_CLERK: "Poststelle",
    Role.SCAN_OPERATOR: "Scankraft",
    Role.SCAN_SUPERVISOR: "Scanleitung",
    Role.QA_INSPECTOR: "Qualitätssicherung",
    Role.CASE_WORKER: "Sachbearbeitung",
    Role.RECORDS_MANAGER: "Registratur",
    Role.DELIVERY_MANAGER: "Abnahme von Einlieferungen",
    Role.DEPARTMENT_APPROVER: "Freigabe der Fachabteilung",
    Role.AUDITOR: "Revision",
    Role.PRIVACY_RESOLVER: "Auflösung von Pseudonymen",
    Role.ADMIN: "Verwaltung",
}
SEVERITIES = {
    Severity.INFO: ("", "Hinweis"),
    Severity.WARNING: ("warn", "Auffälligkeit"),
    Severity.BLOCKS_DESTRUCTION: ("bad", "Papier aufbewahren"),
}
ACTIONS = {
    "ACCESS_DENIED": "Zugriff abgewiesen",
    "AUTH_FAILED": "Anmeldung fehlgeschlagen",
    "AUTH_LOCKED": "Anmeldung gesperrt",
    "AUTH_OK": "Angemeldet",
    "BREAK_GLASS": "Notzugriff",
    "BREAK_GLASS_ENDED": "Notzugriff beendet",
    "BREAK_GLASS_SEEN": "Notzugriff geprüft",
    "CASE_CLOSED": "Abgeschlossen (zdA)",
    "CASE_OPENED": "Vorgang angelegt",
    "CASE_REOPENED": "Wieder geöffnet",
    "CHECKED": "Datei geprüft",
    "COPY_OPENED": "Mit Kennwort geöffnet; das Original bleibt verschlüsselt",
    "CLARIFICATION_OPENED": "Zweifelsfrage gestellt",
    "DOCUMENT_FINALISED": "Schlussgezeichnet",
    "DOCUMENT_OPENED": "Dokument angelegt",
    "DUPLICATE_FOUND": "Als schon vorhanden erkannt",
    "EVIDENCE_BUILT": "Beweismittel gebildet",
    "EXPORTED": "Heruntergeladen",
    "FILED": "In die Akte gelegt",
    "FILE_OPENED": "Akte angelegt",
    "FILING_RULES_SET": "Ablageregeln gesetzt",
    "FOLLOW_UP_DONE": "Wiedervorlage erledigt",
    "FOLLOW_UP_MOVED": "Wiedervorlage verlegt",
    "FOLLOW_UP_SET": "Wiedervorlage gesetzt",
    "GRANT_CONFIRMED": "Recht von zweiter Person bestätigt",
    "GRANT_EXPIRED": "Antrag auf ein Recht verfallen",
    "GRANT_NOTICED": "Erhaltene Rechte zur Kenntnis genommen",
    "GRANT_REFUSED": "Antrag auf ein Recht abgelehnt",
    "GRANT_REQUESTED": "Recht beantragt",
    "GRANT_REVIEWED": "Rechtevergabe nachträglich geprüft",
    "GRANT_WITHDRAWN": "Antrag auf ein Recht zurückgezogen",
    "INDEX_RETRIED": "Abgewiesenes nochmals in den Suchindex",
    "LINK_ISSUED": "Anmeldelink ausgestellt",
    "MALWARE_FOUND": "Schadsoftware gefunden",
    "METADATA_CHANGED": "Angaben berichtigt",
    "NORMALISED": "Als PDF/A gesichert",
    "NOTE_CREATED": "Transfervermerk erstellt",
    "NOTE_SUPPLEMENTED": "Transfervermerk ergänzt",
    "OCR_DONE": "Text erkannt",
    "PASSWORD_SET": "Kennwort gesetzt",
    "PERSON_ADDED": "Pseudonym angelegt",
    "PLAN_IMPORTED": "Aktenplan eingelesen",
    "PSEUDONYM_SEEN": "Auflösung eines Pseudonyms geprüft",
    "PSEUDONYM_RESOLVED": "Pseudonym aufgelöst",
    "PDFA_INVALID": "Nicht als PDF/A möglich",
    "QA_DONE": "Sichtprüfung abgeschlossen",
    "QA_FAILED": "Sichtprüfung nicht bestanden",
    "QA_PASSED": "Sichtprüfung bestanden",
    "QA_RELEASED": "Nach der Sichtprüfung weitergegeben",
    "QA_SELECTED": "Zur Sichtprüfung gestellt",
    "READ": "Gelesen",
    "RETENTION_CHANGED": "Aufbewahrungsfrist geändert",
    "SUGGESTION_REJECTED": "Ablagevorschlag abgelehnt",
    "SUPERSEDED_PURGED": "Fassungen früherer Versuche getilgt",
    "SUPPLEMENT_RECEIVED": "Datei nachgereicht",
    "SUB_FILE_OPENED": "Teilakte angelegt",
    "QUARANTINED": "Angehalten",
    "QUARANTINE_RELEASED": "Freigegeben",
    "RECEIPT_REGISTERED": "Angekommen und gesichert",
    "REDIRECTED": "An andere Abteilung gegeben",
    "REFILED": "Umgelegt",
    "REJECTED": "Abgelehnt",
    "ROLE_GRANTED": "Rolle erteilt",
    "ROLE_REVOKED": "Rolle entzogen",
    "RECORD_ADOPTED": "Bestand in das Protokoll übernommen",
    "RECORD_STATE": "Stand der Datensätze festgehalten",
    "SEAL_APPLIED": "Gesiegelt",
    "SEARCHED": "Gesucht",
    "SEARCH_FORGOTTEN": "Gemerkte Suche gelöscht",
    "SEARCH_SAVED": "Suche gemerkt",
    "SIGNATURE_CHECKED": "Signaturen geprüft",
    "SIGNED_OUT": "Abgemeldet",
    "SOURCE_CONTINUED": "Quelle nach der Übernahme weitergeschrieben",
    "SPLIT_DONE": "In Dokumente geordnet",
    "TOKEN_ISSUED": "Token ausgestellt",
    "TOKEN_REVOKED": "Token widerrufen",
    "UNIT_ADDED": "Abteilung angelegt",
    "USER_ADDED": "Konto angelegt",
    "USER_DISABLED": "Konto gesperrt",
    "USER_ENABLED": "Konto entsperrt",
    "WALK_RESUMED": "Nach Unterbrechung fortgesetzt",
}
GRANTS = {  # what became of a right that was asked for or given
    State.REQUESTED: ("warn", "wartet auf zweite Person"),
    State.CONFIRMED: ("ok", "bestätigt"),
    State.REFUSED: ("bad", "abgelehnt"),
    State.WITHDRAWN: ("", "zurückgezogen"),
    State.EXPIRED: ("", "verfallen"),
    State.UNREVIEWED: ("warn", "galt sofort, noch nicht geprüft"),
    State.JUSTIFIED: ("ok", "geprüft, gerechtfertigt"),
    State.UNJUSTIFIED: ("bad", "geprüft, nicht gerechtfertigt, beendet"),
}
ACTORS = {  # machines among the actors
    "service": "Registratur",
    "sweep": "Registratur (Aufräumdienst)",
    "hotfolder": "Eingangsordner",
    "anonymous": "Ohne Anmeldung",
    "init": "Einrichtung",
}
FIELDS = {
    "title": "Betreff",
    "sender": "Absender",
    "letter_date": "Briefdatum",
    "received_on": "Eingangsdatum",
    "document_class": "Dokumentart",
    "department": "Abteilung",
    "stream": "Eingangsweg",
    "plan_unit": "Aktenplan",
    "file_mark": "Akte",
    "year": "Jahr",
}
RECORD_OBJECTS = {
    "file": "Akte",
    "sub_file": "Teilakte",
    "case": "Vorgang",
    "document": "Dokument",
}
RECORD_FIELDS = {
    "state": "Stand",
    "record_state": "Schlusszeichnung",
    "closed_on": "zdA am",
    "retention_end": "Aufbewahren bis",
    "retention_years": "Jahre der Aufbewahrung",
    "retention_start": "Beginn der Frist",
    "disposal_code": "Aussonderung",
}
RECORD_VALUES = {
    "OPEN": "offen",
    "CLOSED": "abgeschlossen",
    "DUE_FOR_DISPOSAL": "auszusondern",
    "REGISTERED": "registriert",
    "FINAL": "schlussgezeichnet",
    "CLOSED_DATE": "Tag der zdA",
    "END_OF_CALENDAR_YEAR": "Ende des Kalenderjahrs",
}
RENDITIONS = {
    RenditionRole.ORIGINAL: "Original",
    RenditionRole.SUPPLEMENT: "Nachgereichte Datei",
    RenditionRole.WORKING_COPY: "Mit Kennwort geöffnete Kopie",
    RenditionRole.SCAN_PRODUCT: "Lesefassung (PDF/A, gesiegelt)",
    RenditionRole.TEXT: "Erkannter Text",
    RenditionRole.STRUCTURED_DATA: "Strukturierte Daten",
    RenditionRole.THUMBNAIL: "Vorschaubild",
    RenditionRole.SIGNATURE_REPORT: "Signatur-Prüfbericht",
    RenditionRole.PDFA_REPORT: "PDF/A-Prüfbericht",
    RenditionRole.TRANSFER_NOTE: "Transfervermerk",
    RenditionRole.NOTE_SEAL: "Siegel über den Vermerk",
}
QA = {
    None: "nicht vorgesehen",
    "pending": "offen",
    "passed": "bestanden",
    "failed": "nicht bestanden",
}
ORIGINS = {
    "paper": "Papier, gescannt",
    "digital": "digital eingegangen",
    None: "noch nicht bestimmt",
}

ITEM_STEPS = ITEM_ROAD
DOCUMENT_STEPS = DOCUMENT_ROAD[1:]


def action(code: str) -> str:
    return ACTIONS.get(code, code.replace("_", " ").capitalize())


def record_value(text: str | None) -> str:
    """A value of a file's history: codes in words, days as people write them."""
    if text is None:
        return "–"
    try:
        return date.fromisoformat(text).strftime("%d.%m.%Y")
    except ValueError:
        return RECORD_VALUES.get(text, text)


def bytes_size(size: int) -> str:
    """A size for people, e.g. ``1,4 MB``."""
    amount = float(size)
    for unit in ("Byte", "kB", "MB", "GB"):
        if amount < 1000 or unit == "GB":
            text = f"{amount:.0f}" if unit == "Byte" or amount >= 100 else f"{amount:.1f}"
            return f"{text.replace('.', ',')} {unit}"
        amount /= 1000
    raise AssertionError("unreachable")
