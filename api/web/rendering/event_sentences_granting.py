"""What the audit trail's events about rights that take two people say in German."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from api.web.rendering import labels

Detail = Mapping[str, Any]
Names = Mapping[str, str]
OBJECT = "\ufffc"  #: where the object of the event goes: the person whom the right is for
_ROLES = {role.value: text for role, text in labels.ROLES.items()}


def _right(detail: Detail, names: Names) -> str:
    if detail.get("kind") == "link":
        return "einen Anmeldelink"
    if detail.get("compartment"):
        return f"die Zulassung zum verschlossenen Bereich „{detail['compartment']}“"
    where = [
        f"{label} {names.get(detail[key], detail[key])}"
        for key, label in (("department", "Abteilung"), ("stream", "Eingangsweg"))
        if detail.get(key)
    ]
    role = str(detail.get("role", ""))
    return f"die Rolle „{_ROLES.get(role, role)}“" + (f" ({', '.join(where)})" if where else "")


def _about(before: str, after: str) -> Callable[[Detail, Names], str]:
    def said(detail: Detail, names: Names) -> str:
        asked = detail.get("requested_by")
        by = f" (beantragt von {asked})" if asked else ""
        return f"hat {before}{_right(detail, names)} für {OBJECT}{by} {after}"

    return said


def _reviewed(detail: Detail, names: Names) -> str:
    word = "gerechtfertigt" if detail.get("justified") else "nicht gerechtfertigt"
    gone = "; das seither gesetzte Kennwort wurde entfernt" if detail.get("password") else ""
    return (
        f"hat nachträglich geprüft, was {OBJECT} erhalten hat, und für {word} befunden"
        f" (vergeben von {detail.get('given_by', '')}){gone}"
    )


def _noticed(detail: Detail, names: Names) -> str:
    count = detail.get("grants")
    return f"hat zur Kenntnis genommen, was {OBJECT} erhalten hat" + (
        f" ({count})" if count else ""
    )


GRANTING: Mapping[str, Callable[[Detail, Names], str]] = {
    "GRANT_CONFIRMED": _about("", "als zweite Person bestätigt"),
    "GRANT_EXPIRED": _about("den Antrag auf ", "verfallen lassen"),
    "GRANT_NOTICED": _noticed,
    "GRANT_REFUSED": _about("den Antrag auf ", "abgelehnt"),
    "GRANT_REQUESTED": _about("", "beantragt"),
    "GRANT_REVIEWED": _reviewed,
    "GRANT_WITHDRAWN": _about("den Antrag auf ", "zurückgezogen"),
}
