"""The German protocol of a signature check ("Prüfprotokoll") as PDF/A-3b, from a kept report.

A page for people, made when it is asked for; the same report gives the same bytes. The report itself
is embedded, so that the protocol can be checked against it. What a certificate's holder wrote into it
is shown, never believed: letters that the font lacks and control characters appear as numbers.
"""

from __future__ import annotations

import hashlib
import re
from datetime import UTC
from importlib.resources import files
from pathlib import Path

from fpdf import FPDF
from fpdf.enums import AssociatedFileRelationship, DocumentCompliance, XPos, YPos
from fpdf.fonts import TTFFont

from signing.conclusions.model import Kind, SignatureReport
from signing.report.json_form import to_json
from signing.report.legal_statements import (
    KINDS,
    Fact,
    moment,
    of_the_file,
    of_the_law,
    of_the_signature,
)

FONT = "Noto"
TITLE = "Prüfprotokoll zur Signaturprüfung"
SMALL = 9  #: points
COLUMN = 130.0  #: points that labels have
LONGEST = 2000  #: characters of one value
WARNINGS = 200  #: lines
WRITTEN = re.compile(rb'(xmp:(?:Modify|Metadata)Date=")[0-9T:+-]{25}')
SIGNED = (Kind.SIGNATURE, Kind.SEAL)
INTRODUCTION = (
    "Geprüft wurde die unveränderte Originaldatei. Ob der Inhalt seit der Signatur unverändert ist, "
    "und ob das Zertifikat gültig ist, sind zwei Fragen; beide Antworten stehen unten. Was nicht "
    "geprüft werden konnte, gilt nicht als bestanden."
)
LAW = (
    "Feststellungen der Signaturprüfung, wie sie § 33 Abs. 5 Nr. 1 VwVfG für den "
    "Beglaubigungsvermerk und § 298 Abs. 3 ZPO für den Ausdruck verlangen: welches Ergebnis die "
    "Integritätsprüfung ausweist, wen die Signaturprüfung als Inhaber der Signatur ausweist, welchen "
    "Zeitpunkt die Signaturprüfung für die Anbringung der Signatur ausweist und welche Zertifikate "
    "mit welchen Daten der Signatur zugrunde lagen. Beglaubigen kann nur eine dazu befugte Person."
)


def protocol_pdf(report: SignatureReport) -> bytes:
    """The protocol of one file's report."""
    pdf = _paper(report)
    pdf.add_page()
    _text(pdf, 18, TITLE)
    _text(pdf, SMALL, INTRODUCTION)
    _facts(pdf, of_the_file(report))
    for number, one in enumerate(report.signatures, 1):
        _heading(pdf, f"{number}. {KINDS[one.kind]}" + (f" „{one.field}“" if one.field else ""))
        _facts(pdf, of_the_signature(one))
    if report.warnings:
        _heading(pdf, "Hinweise")
        for line in report.warnings[:WARNINGS]:
            _text(pdf, SMALL, f"– {line}", indent=8)
        if len(report.warnings) > WARNINGS:
            _text(
                pdf, SMALL, f"– und {len(report.warnings) - WARNINGS} weitere im Bericht", indent=8
            )
    _statements(pdf, report)
    return _timeless(bytes(pdf.output()), report)


def _timeless(data: bytes, report: SignatureReport) -> bytes:
    """With the check's time for that of writing: the same report gives the same bytes."""
    start, end = data.find(b"<x:xmpmeta"), data.find(b"</x:xmpmeta>")
    time = report.validation_time.astimezone(UTC).isoformat(timespec="seconds").encode()
    return data[:start] + WRITTEN.sub(b"\\g<1>" + time, data[start:end]) + data[end:]


def _statements(pdf: FPDF, report: SignatureReport) -> None:
    _heading(pdf, "Feststellungen für Vermerke")
    _text(pdf, SMALL, LAW)
    signed = [(n, one) for n, one in enumerate(report.signatures, 1) if one.kind in SIGNED]
    if not signed:
        _text(pdf, SMALL, "Es wurde keine prüfbare Signatur und kein prüfbares Siegel gefunden.")
    for number, one in signed:
        _text(pdf, 10, f"Zu {number}. ({KINDS[one.kind]}):")
        _facts(pdf, of_the_law(one))


def _paper(report: SignatureReport) -> FPDF:
    pdf = _Protocol(unit="pt", format="A4", enforce_compliance=DocumentCompliance.PDFA_3B)
    pdf.of = f"{TITLE} · SHA-256 der Datei {report.sha256[:16]}… · {moment(report.validation_time)}"
    named = hashlib.sha256(to_json(report)).hexdigest()[:32].upper()
    pdf.known_as = f"<{named}><{named}>"
    pdf.set_creation_date(report.validation_time)
    pdf.set_title(TITLE)
    pdf.set_lang("de-DE")
    pdf.set_margins(56, 56, 56)
    pdf.set_auto_page_break(True, margin=56)
    with (files("ocrmypdf") / "data" / "NotoSans-Regular.ttf").open("rb") as file:
        pdf.add_font(FONT, fname=Path(file.name))
    pdf.embed_file(
        basename="signaturpruefung.json",
        bytes=to_json(report),
        mime_type="application/json",
        desc="Der Prüfbericht, aus dem dieses Protokoll gemacht ist",
        associated_file_relationship=AssociatedFileRelationship.SOURCE.value,
        modification_date=report.validation_time,
        compress=True,
    )
    return pdf


class _Protocol(FPDF):
    """Every page says what it belongs to."""

    of = ""
    known_as = ""

    def file_id(self) -> str:
        return self.known_as

    def footer(self) -> None:
        self.set_y(-40)
        self.set_font(FONT, size=7)
        self.cell(w=0, h=10, text=_legible(self, f"{self.of} · Seite {self.page_no()}"), align="R")


def _heading(pdf: FPDF, text: str) -> None:
    pdf.ln(6)
    _text(pdf, 13, text)


def _facts(pdf: FPDF, facts: tuple[Fact, ...]) -> None:
    """Labels on the left, values on the right."""
    pdf.ln(2)
    for label, value in facts:
        if pdf.will_page_break(3 * SMALL * 1.4):
            pdf.add_page()
        top, page = pdf.get_y(), pdf.page
        _text(pdf, SMALL, label, width=COLUMN - 8)
        below = pdf.get_y()
        pdf.set_y(top)
        _text(pdf, SMALL, value, indent=COLUMN)
        if pdf.page == page:
            pdf.set_y(max(below, pdf.get_y()))


def _text(pdf: FPDF, size: int, text: str, *, indent: float = 0, width: float = 0) -> None:
    pdf.set_font(FONT, size=size)
    pdf.set_x(pdf.l_margin + indent)
    pdf.multi_cell(
        w=width, h=size * 1.4, text=_legible(pdf, text[:LONGEST]), align="L",
        new_x=XPos.LMARGIN, new_y=YPos.NEXT,
    )  # fmt: skip


def _legible(pdf: FPDF, text: str) -> str:
    """One line that the font can show; the rest by its number, so that nothing is hidden."""
    font = pdf.fonts[FONT.lower()]
    assert isinstance(font, TTFFont)
    known = font.cmap
    return "".join(
        char if char.isprintable() and ord(char) in known else f"[U+{ord(char):04X}]"
        for char in " ".join(text.split())
    )
