"""What each kind of event of the audit trail says in German; put together in ``event_texts.py``.

Every kind has its sentence (tests/house/test_trail_words.py). ``OBJECT`` stands where the object of
the event goes, in the accusative; details and names come without that sign.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from api.web.rendering import labels
from api.web.rendering.event_sentences_granting import GRANTING

Detail = Mapping[str, Any]
Names = Mapping[str, str]  #: departments and streams by identifier
Said = Callable[[Detail, Names], str]
OBJECT = "\ufffc"
_CONCLUSIONS = {
    "unsigned": "keine Signatur",
    "intact": "unversehrt",
    "changed": "nachträglich verändert",
    "broken": "gebrochen",
    "indeterminate": "nicht entscheidbar",
    "unsupported": "nicht prüfbar",
}
_VERDICTS = {"compliant": "geprüft und gültig", "not-compliant": "nicht gültig", "none": "keine"}
_ROLES = {role.value: text for role, text in labels.ROLES.items()}
_RENDITIONS = {role.value: text for role, text in labels.RENDITIONS.items()}
_HOLDS = {reason.value: text for reason, text in labels.HOLD_REASONS.items()}


# ------------------------------------------------------------------ pieces
def _says(text: str) -> Said:
    return lambda detail, names: text


def unknown(action: str) -> Said:
    return _says(f"hat an {OBJECT} das Ereignis „{action}“ ausgelöst")


def _is(detail: Detail, key: str) -> str:
    value = detail.get(key)
    return "" if value is None else str(value)


def _with(*parts: str) -> str:
    said = [part for part in parts if part]
    return f" ({', '.join(said)})" if said else ""


def _count(number: object, one: str, many: str) -> str:
    return "" if number is None else f"{number} {one if number == 1 else many}"


def _name(names: Names, key: str) -> str:
    return names.get(key, key)


def _given(label: str, value: str) -> str:
    return f"{label} {value}" if value else ""


# ------------------------------------------------------------------ sentences with details
def _received(detail: Detail, names: Names) -> str:
    size = detail.get("size")
    return f"hat {OBJECT} in Verwahrung genommen" + _with(
        _given("Eingangsweg", _name(names, _is(detail, "stream"))),
        _given("Abteilung", _name(names, _is(detail, "department"))),
        labels.bytes_size(size) if isinstance(size, int) else "",
    )


def _checked(detail: Detail, names: Names) -> str:
    scanner = _is(detail, "malware")
    return f"hat {OBJECT} geprüft und angenommen" + _with(
        _given("Art", _is(detail, "kind")),
        _count(detail.get("pages"), "Seite", "Seiten"),
        "ohne Virenscanner" if scanner in ("", "none") else f"Virenscanner {scanner}",
    )


def _held(detail: Detail, names: Names) -> str:
    reason = _is(detail, "reason")
    said = _HOLDS.get(reason, reason).rstrip(".")
    return f"hat {OBJECT} angehalten" + (f": {said}" if said else "")


def _released(detail: Detail, names: Names) -> str:
    return f"hat {OBJECT} freigegeben; der Weg beginnt von vorn" + _with(
        _given("Versuch", _is(detail, "attempt"))
    )


def _signatures(detail: Detail, names: Names) -> str:
    again = "erneut " if detail.get("again") else ""
    conclusion = _is(detail, "conclusion")
    return f"hat {again}die Signaturen geprüft und {OBJECT} so beurteilt" + (
        f": {_CONCLUSIONS.get(conclusion, conclusion)}" if conclusion else ""
    ) + _with(_count(detail.get("signatures"), "Signatur", "Signaturen"))  # fmt: skip


def _split(detail: Detail, names: Names) -> str:
    return f"hat {OBJECT} in Dokumente geordnet" + _with(
        _count(detail.get("documents"), "Dokument", "Dokumente"),
        _count(detail.get("separators"), "Trennblatt", "Trennblätter"),
    )


def _recognised(detail: Detail, names: Names) -> str:
    return f"hat für {OBJECT} den Text erkannt" + _with(
        _count(detail.get("pages"), "Seite", "Seiten"),
        _count(detail.get("words"), "Wort", "Wörter"),
        _is(detail, "engine"),
    )


def _preserved(detail: Detail, names: Names) -> str:
    verdict = _is(detail, "verdict")
    return f"hat {OBJECT} als PDF/A gesichert" + _with(
        _is(detail, "flavour"), _VERDICTS.get(verdict, verdict)
    )


def _sealed(detail: Detail, names: Names) -> str:
    if _is(detail, "level") == "none":
        return f"hat {OBJECT} nicht gesiegelt, weil keine Lesefassung entstand"
    return f"hat {OBJECT} gesiegelt" + _with(
        _is(detail, "level"), "Testsiegel" if detail.get("trial") else ""
    )


def _filed(detail: Detail, names: Names) -> str:
    return f"hat {OBJECT} in die Akte gelegt" + _with(
        _given("Akte", _is(detail, "file")), _given("Vorgang", _is(detail, "case"))
    )


def _refiled(detail: Detail, names: Names) -> str:
    return f"hat {OBJECT} umgelegt" + _with(
        _given("von Vorgang", _is(detail, "from")), _given("nach Vorgang", _is(detail, "to"))
    )


def _redirected(detail: Detail, names: Names) -> str:
    return f"hat {OBJECT} an eine andere Abteilung gegeben" + _with(
        _given("von", _name(names, _is(detail, "from"))),
        _given("an", _name(names, _is(detail, "to"))),
    )


def _corrected(detail: Detail, names: Names) -> str:
    fields = detail.get("fields") or ()
    return f"hat {OBJECT} berichtigt" + _with(*(labels.FIELDS.get(one, str(one)) for one in fields))


def _exported(detail: Detail, names: Names) -> str:
    role = _is(detail, "role")
    return f"hat {OBJECT} mitgenommen" + _with(
        _RENDITIONS.get(role, role),
        _count(detail.get("documents"), "Dokument", "Dokumente"),
        _count(detail.get("sheets"), "Blatt", "Blätter"),
        _given("von", _is(detail, "since")),
        _given("bis", _is(detail, "until")),
    )


def _changed(text: str) -> Said:
    """An act on a file or in it, with the old and the new value of what it changed."""

    def said(detail: Detail, names: Names) -> str:
        changes = [
            f"{labels.RECORD_FIELDS[key]}: {labels.record_value(value[0])} → "
            f"{labels.record_value(value[1])}"
            for key, value in detail.items()
            if key in labels.RECORD_FIELDS and isinstance(value, list) and len(value) == 2
        ]
        return f"hat {OBJECT} {text}" + _with(*changes)

    return said


def _follow_up(text: str) -> Said:
    return lambda detail, names: (
        f"hat {OBJECT} {text}"
        + _with(
            _given("Tag", labels.record_value(_is(detail, "due") or None)),
            _given("Akte", _is(detail, "file")),
        )
    )


def _granted(verb: str) -> Said:
    def said(detail: Detail, names: Names) -> str:
        closed, role = _is(detail, "compartment"), _is(detail, "role")
        if closed:
            into = "zugelassen zum" if verb == "erteilt" else "entfernt aus dem"
            return f"hat {OBJECT} {into} verschlossenen Bereich „{closed}“"
        where = _with(
            _given("Abteilung", _name(names, _is(detail, "department"))),
            _given("Eingangsweg", _name(names, _is(detail, "stream"))),
        )
        return f"hat für {OBJECT} die Rolle „{_ROLES.get(role, role)}“{where} {verb}"

    return said


def _judged(text: str) -> Said:
    def said(detail: Detail, names: Names) -> str:
        verdict = detail.get("justified")
        word = "" if verdict is None else "gerechtfertigt" if verdict else "nicht gerechtfertigt"
        return text + _with(_given("Zugriff von", _is(detail, "user")), word)

    return said


def _locked(detail: Detail, names: Names) -> str:
    return f"hat so oft ein falsches Kennwort angegeben, dass {OBJECT} gesperrt ist" + _with(
        _given("Sekunden:", _is(detail, "seconds"))
    )


def _signed_in(detail: Detail, names: Names) -> str:
    by = {"password": "mit Kennwort", "link": "mit Einmal-Link"}.get(_is(detail, "by"), "")
    return "hat sich angemeldet" + _with(by)


def _glass(detail: Detail, names: Names) -> str:
    return f"hat {OBJECT} begonnen und damit eine verschlossene Akte geöffnet" + _with(
        _given("Akte", _is(detail, "file")), _given("bis", _is(detail, "ends_at"))
    )


def _read(detail: Detail, names: Names) -> str:
    glass = "durch einen Notzugriff" if detail.get("break_glass") else ""
    return f"hat {OBJECT} gelesen" + _with(glass)


def _duplicate(detail: Detail, names: Names) -> str:
    return f"hat {OBJECT} als schon vorhanden erkannt" + _with(
        _given("gleich dem Dokument", _is(detail, "document"))
    )


def _supplied(detail: Detail, names: Names) -> str:
    return f"hat für {OBJECT} eine Datei nachgereicht" + _with(
        _given("Prüfsumme", _is(detail, "sha256"))
    )


def _purged(detail: Detail, names: Names) -> str:
    gone = detail.get("renditions")
    return f"hat für {OBJECT} Fassungen früherer Versuche getilgt" + _with(
        _count(len(gone) if isinstance(gone, list) else None, "Fassung", "Fassungen")
    )


def _token(verb: str) -> Said:
    return lambda detail, names: (
        f"hat für {OBJECT} ein Zugriffstoken {verb}" + _with(_given("Token", _is(detail, "token")))
    )


def _suggestion(detail: Detail, names: Names) -> str:
    files = detail.get("suggested") or ()
    return f"hat {OBJECT} dort gelassen, wo es liegt, und den Ablagevorschlag abgelehnt" + _with(
        _given("vorgeschlagen:", ", ".join(str(one) for one in files))
    )


def _noted(text: str) -> Said:
    return lambda detail, names: (
        f"hat {text}"
        + _with(
            _count(detail.get("pages"), "Seite", "Seiten"),
            _given("Fassung", _is(detail, "version")),
        )
    )


def _plan(text: str) -> Said:
    return lambda detail, names: (
        f"hat {text}"
        + _with(
            _count(detail.get("added"), "Einheit neu", "Einheiten neu"),
            _count(detail.get("rules"), "Regel", "Regeln"),
        )
    )


# A try that did not succeed is told as what it was.
REFUSED = {
    "BREAK_GLASS": "hat versucht, eine verschlossene Akte durch Notzugriff zu öffnen; es gibt keine"
    " solche oder sie ist hierfür nicht offen",
}
SENTENCES: dict[str, Said] = {
    **GRANTING,
    "ACCESS_DENIED": _says(f"wollte auf {OBJECT} zugreifen und wurde abgewiesen"),
    "AUTH_FAILED": _says(f"hat sich vergeblich für {OBJECT} anzumelden versucht"),
    "AUTH_LOCKED": _locked,
    "AUTH_OK": _signed_in,
    "BREAK_GLASS": _glass,
    "BREAK_GLASS_ENDED": _says(f"hat {OBJECT} beendet"),
    "BREAK_GLASS_SEEN": _judged(f"hat {OBJECT} geprüft"),
    "CASE_CLOSED": _changed("abgeschlossen"),
    "CASE_OPENED": _says(f"hat {OBJECT} angelegt"),
    "CASE_REOPENED": _changed("wieder geöffnet"),
    "CHECKED": _checked,
    "CLARIFICATION_OPENED": _held,
    "COPY_OPENED": _says(
        f"hat {OBJECT} mit einem Kennwort geöffnet; das Original bleibt, wie es ist"
    ),
    "DOCUMENT_FINALISED": _says(f"hat {OBJECT} schlussgezeichnet"),
    "DOCUMENT_OPENED": _says(f"hat {OBJECT} angelegt"),
    "DUPLICATE_FOUND": _duplicate,
    "EVIDENCE_BUILT": _says(f"hat für {OBJECT} das Beweismittel gebildet"),
    "EXPORTED": _exported,
    "FILED": _filed,
    "FILE_OPENED": lambda detail, names: (
        f"hat {OBJECT} angelegt"
        + _with(
            _given("Aktenzeichen", _is(detail, "mark")),
            _given("Abteilung", _name(names, _is(detail, "department"))),
        )
    ),
    "FILING_RULES_SET": _plan("die Ablageregeln gesetzt"),
    "FOLLOW_UP_DONE": _follow_up("erledigt"),
    "FOLLOW_UP_MOVED": _follow_up("verlegt"),
    "FOLLOW_UP_SET": _follow_up("gesetzt"),
    "INDEX_RETRIED": lambda detail, names: (
        f"hat {OBJECT} nochmals versuchen lassen, was er abwies"
        + _with(_count(detail.get("changes"), "Änderung", "Änderungen"))
    ),
    "LINK_ISSUED": _says(f"hat für {OBJECT} einen Einmal-Link zur Anmeldung ausgestellt"),
    "MALWARE_FOUND": _says(f"hat Schadsoftware gefunden und {OBJECT} angehalten"),
    "METADATA_CHANGED": _corrected,
    "NORMALISED": _preserved,
    "NOTE_CREATED": _noted(f"für {OBJECT} den Transfervermerk erstellt"),
    "NOTE_SUPPLEMENTED": _noted(f"für {OBJECT} den Transfervermerk ergänzt"),
    "OCR_DONE": _recognised,
    "PASSWORD_SET": _says(f"hat für {OBJECT} ein Kennwort gesetzt"),
    "PDFA_INVALID": _says(f"konnte {OBJECT} nicht als PDF/A sichern; das Original steht allein"),
    "PERSON_ADDED": _says(f"hat {OBJECT} angelegt"),
    "PLAN_IMPORTED": _plan(f"{OBJECT} eingelesen"),
    "PSEUDONYM_RESOLVED": _says(f"hat {OBJECT} aufgelöst"),
    "PSEUDONYM_SEEN": _judged(f"hat über eine Auflösung geurteilt; sie betraf {OBJECT}"),
    "QA_DONE": _noted(f"für {OBJECT} die Sichtprüfung abgeschlossen"),
    "QA_FAILED": _noted(f"{OBJECT} durchgesehen: Sichtprüfung nicht bestanden"),
    "QA_PASSED": _noted(f"{OBJECT} durchgesehen: Sichtprüfung bestanden"),
    "QA_RELEASED": _says(f"hat {OBJECT} nach bestandener Sichtprüfung auf den Weg zurückgegeben"),
    "QA_SELECTED": _says(f"hat {OBJECT} zur Sichtprüfung gestellt"),
    "QUARANTINED": _held,
    "QUARANTINE_RELEASED": _released,
    "READ": _read,
    "RECEIPT_REGISTERED": _received,
    "RECORD_ADOPTED": _says(f"hat {OBJECT} in das Protokoll übernommen"),
    "RECORD_STATE": _says(f"hat für {OBJECT} den Stand der Datensätze festgehalten"),
    "REDIRECTED": _redirected,
    "REFILED": _refiled,
    "REJECTED": _says(f"hat {OBJECT} abgelehnt"),
    "RETENTION_CHANGED": _changed("mit neuer Aufbewahrungsfrist versehen"),
    "ROLE_GRANTED": _granted("erteilt"),
    "ROLE_REVOKED": _granted("entzogen"),
    "SEAL_APPLIED": _sealed,
    "SEARCHED": _says("hat in den Akten gesucht"),
    "SEARCH_FORGOTTEN": _says(f"hat {OBJECT} gelöscht"),
    "SEARCH_SAVED": _says(f"hat {OBJECT} gemerkt"),
    "SIGNATURE_CHECKED": _signatures,
    "SIGNED_OUT": _says("hat sich abgemeldet"),
    "SOURCE_CONTINUED": lambda detail, names: (
        f"hat bemerkt, dass die Quelle nach der Übernahme"
        f" weitergeschrieben wurde; das betrifft {OBJECT}"
        + _with(_given("fortgesetzt als", _is(detail, "continued_by")))
    ),
    "SPLIT_DONE": _split,
    "SUB_FILE_OPENED": _says(f"hat {OBJECT} angelegt"),
    "SUGGESTION_REJECTED": _suggestion,
    "SUPERSEDED_PURGED": _purged,
    "SUPPLEMENT_RECEIVED": _supplied,
    "TOKEN_ISSUED": _token("ausgestellt"),
    "TOKEN_REVOKED": _token("widerrufen"),
    "UNIT_ADDED": _says(f"hat {OBJECT} angelegt"),
    "USER_ADDED": _says(f"hat {OBJECT} angelegt"),
    "USER_DISABLED": _says(f"hat {OBJECT} gesperrt"),
    "USER_ENABLED": _says(f"hat {OBJECT} entsperrt"),
    "WALK_RESUMED": lambda detail, names: (
        f"hat {OBJECT} nach einer Unterbrechung weitergeführt"
        + _with(_given("Versuch", _is(detail, "attempt")))
    ),
}
