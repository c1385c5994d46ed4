"""What is said about a PDF's comments and fields, and about pages that programs count differently."""

from __future__ import annotations

from collections.abc import Iterable

from ocr.findings import Found, Severity, few
from ocr.pdf.annotations import Fate, Remark
from ocr.pdf.shown_pdf import Shown

MOST_WORDS = 300  #: characters of a comment that a finding repeats
KINDS = {
    "Text": "Notiz",
    "FreeText": "Textfeld",
    "Highlight": "Hervorhebung",
    "Underline": "Unterstreichung",
    "Squiggly": "Unterschlängelung",
    "StrikeOut": "Durchstreichung",
    "Ink": "Freihandzeichnung",
    "Line": "Linie",
    "Square": "Rechteck",
    "Circle": "Ellipse",
    "Polygon": "Vieleck",
    "PolyLine": "Linienzug",
    "Stamp": "Stempel",
    "Caret": "Einfügemarke",
    "FileAttachment": "Dateianlage",
    "Redact": "Schwärzung",
    "Widget": "Formularfeld",
}


CODES = {
    Fate.COMMENT: ("pdf.comment", Severity.INFO),
    Fate.NOT_DRAWN: ("pdf.annotation_not_drawn", Severity.BLOCKS_DESTRUCTION),
    Fate.PRINT_ONLY: ("pdf.print_only", Severity.BLOCKS_DESTRUCTION),
    Fate.VALUE: ("pdf.field_value", Severity.WARNING),
    Fate.REDACTION: ("pdf.redaction_open", Severity.WARNING),
}


def annotation_findings(remarks: Iterable[Remark]) -> list[Found]:
    """One finding for each comment that is opened to be read, or cannot be shown on the page."""
    return few([_of(remark) for remark in remarks])


def _of(remark: Remark) -> Found:
    kind = KINDS.get(remark.kind, f"Anmerkung der Art {remark.kind}")
    where = f"Seite {remark.page}"
    said = f": „{_cut(remark.text)}“" if remark.text else ""
    words = {
        Fate.COMMENT: f"{where} trägt einen Kommentar ({kind}){said}. Er wird gefunden; auf der "
        "Seite der PDF/A-Fassung steht nur seine Markierung.",
        Fate.NOT_DRAWN: f"{where}: {kind} lässt sich nicht oder nicht vollständig darstellen und "
        f"fehlt auf der Seite der PDF/A-Fassung{said}. Maßgeblich ist das Original.",
        Fate.PRINT_ONLY: f"{where}: {kind} erscheint nur im Druck, nicht am Bildschirm, und fehlt "
        f"auf der Seite der PDF/A-Fassung{said}. Maßgeblich ist das Original.",
        Fate.VALUE: f"{where}: Ein Formularfeld enthält einen Wert, den es nicht oder nicht ganz "
        f"zeigt{said}. Er wird gefunden; auf der Seite steht, was das Original am Bildschirm zeigt.",
        Fate.REDACTION: f"{where}: Eine Schwärzung ist vorgemerkt, aber nicht ausgeführt; der "
        "Inhalt darunter ist lesbar und wird gefunden.",
    }
    code, severity = CODES[remark.fate]
    return Found(
        code=code,
        text=words[remark.fate],
        severity=severity,
        page=remark.page,
        detail={"kind": remark.kind, "text": _cut(remark.text)},
    )


def _cut(text: str) -> str:
    plain = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    return plain if len(plain) <= MOST_WORDS else plain[: MOST_WORDS - 1] + "…"


def count_findings(shown: Shown) -> list[Found]:
    """Programs that disagree about the pages: nobody can say that all of them are here."""
    different = len(set(shown.counts.values())) > 1
    if not different and not shown.broken:
        return []
    said = ", ".join(f"{NAMES[name]} {count}" for name, count in shown.counts.items())
    broken = f" {shown.broken} Verweise führen zu keiner Seite." if shown.broken else ""
    return [
        Found(
            code="pdf.page_count",
            text=f"Die Seiten der PDF-Datei sind widersprüchlich gezählt ({said}); gezeigt werden "
            f"{shown.count}.{broken} Papier aufbewahren und Vollständigkeit prüfen.",
            severity=Severity.BLOCKS_DESTRUCTION,
            detail={"counts": dict(shown.counts), "shown": shown.count, "broken": shown.broken},
        )
    ]


NAMES = {"qpdf": "Seitenbaum", "pdfium": "Anzeigeprogramm", "Count": "angegeben"}
