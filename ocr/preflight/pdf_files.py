"""Preflight of PDF files: pdfium says what viewers show, pikepdf what lies inside."""

from __future__ import annotations

import mmap
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pikepdf
from pikepdf import Array, Dictionary, Name, Stream

from config.errors import HoldReason, InputError
from ocr.accepted_kinds import FileKind
from ocr.findings import Found, Severity, few
from ocr.image_files import jbig2
from ocr.image_files.jbig2 import Coding
from ocr.page_sources.source_pdf import PdfPage, PdfSource
from ocr.page_view import PageUnreadable
from ocr.pdf.opening import HIDDEN_ENCRYPTION, open_pdf
from ocr.preflight import active_content
from ocr.preflight.image_files import check_pixels, over_pages, scan_findings, unreadable_page
from ocr.preflight.incoming import Limits, Preflight
from ocr.preflight.pdf_notes import annotation_findings, count_findings

EINVOICES = frozenset({"factur-x.xml", "zugferd-invoice.xml", "xrechnung.xml", "order-x.xml"})
ANOTHER = re.compile(rb"%%EOF[\x00\t\n\f\r ]{0,1024}%PDF-\d")
DAMAGED = re.compile(r"damaged|reconstruct|can.t find startxref|unexpected EOF", re.IGNORECASE)


@dataclass(slots=True)
class _Pages:
    sizes: list[tuple[float, float]] = field(default_factory=list)
    findings: list[Found] = field(default_factory=list)
    scans: int = 0
    texts: int = 0
    shown: int = 0


def inspect_pdf(path: Path, limits: Limits) -> Preflight:
    """See ``ocr.preflight.inspection.inspect``."""
    source = PdfSource(path)
    if source.count > limits.max_pages:
        raise over_pages(source.count, limits)
    inner, findings, title, encrypted = _inside(path, limits)
    _refuse_active(inner)
    findings += _active_findings(inner)
    findings += annotation_findings(source.shown.remarks) + count_findings(source.shown)
    pages = _look_at_pages(source, limits)
    if not pages.shown:
        raise InputError(
            HoldReason.UNREADABLE,
            "Die PDF-Datei ist beschädigt: Keine ihrer Seiten lässt sich anzeigen.",
        )
    return Preflight(
        kind=FileKind.PDF,
        media_type="application/pdf",
        pages=source.count,
        page_sizes=tuple(pages.sizes),
        encrypted=encrypted,
        findings=tuple(findings + few(pages.findings)),
        digital=bool(pages.texts) and not pages.scans,
        attachments=tuple(inner.attachments),
        einvoice=any(name.lower() in EINVOICES for name in inner.attachments),
        title=title,
    )


# ------------------------------------------------------------------ what lies inside


def _inside(
    path: Path, limits: Limits
) -> tuple[active_content.Active, list[Found], str | None, bool]:
    try:
        with open_pdf(path) as pdf:
            seen = active_content.look(pdf)
            findings = _jbig2_findings(pdf, limits)
            findings += _encryption_findings(pdf)
            if HIDDEN_ENCRYPTION in pdf.trailer:
                findings.append(_locked())
            if not seen.complete:
                findings.append(_not_inspected())
            if _holds_another(path):
                findings.append(_another())
            if any(DAMAGED.search(str(said)) for said in pdf.get_warnings()):
                findings.append(_damaged())
            return seen, findings, _title(pdf), bool(pdf.is_encrypted)
    except pikepdf.PasswordError:  # the pages are open, something inside is not
        return _raw(path), [_not_inspected(), _locked()], None, True
    except (pikepdf.PdfError, RuntimeError, ValueError, RecursionError):
        return _raw(path), [_not_inspected()], None, False


def _raw(path: Path) -> active_content.Active:
    """A file that only pdfium opens: names in its bytes are all that can be looked for."""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        return active_content.Active(
            launches=sum(1 for _ in active_content.RAW_LAUNCH.finditer(data)),
            scripts=sum(1 for _ in active_content.RAW_SCRIPT.finditer(data)),
            complete=False,
        )


def _holds_another(path: Path) -> bool:
    """Whether a second PDF begins behind the end of the first."""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        return ANOTHER.search(data) is not None


def _another() -> Found:
    return Found(
        code="pdf.another_file",
        text="In derselben Datei beginnt hinter dem Ende der PDF-Datei eine weitere. Die "
        "Lesefassung zeigt nur, was Anzeigeprogramme zeigen; die übrigen Seiten stehen allein im "
        "Original. Maßgeblich ist das Original; Papier aufbewahren.",
        severity=Severity.BLOCKS_DESTRUCTION,
    )


def _not_inspected() -> Found:
    return Found(
        code="pdf.not_inspected",
        text="Der innere Aufbau der PDF-Datei ist beschädigt; "
        "aktive Inhalte und Bildkodierung konnten nicht vollständig geprüft werden.",
        severity=Severity.BLOCKS_DESTRUCTION,
    )


def _damaged() -> Found:
    return Found(
        code="pdf.damaged",
        text="Die PDF-Datei ist beschädigt oder abgeschnitten; gezeigt wird, was lesbar ist. "
        "Seiten oder Inhalte können fehlen. Papier aufbewahren und Vollständigkeit prüfen.",
        severity=Severity.BLOCKS_DESTRUCTION,
    )


def _locked() -> Found:
    return Found(
        code="pdf.attachment_locked",
        text="Die Anlagen der PDF-Datei sind verschlüsselt und lassen sich hier nicht öffnen; "
        "ihre Seiten sind frei. Die Anlagen stehen nur im Original.",
        severity=Severity.BLOCKS_DESTRUCTION,
    )


def _refuse_active(seen: active_content.Active) -> None:
    if seen.launches:
        raise InputError(
            HoldReason.ACTIVE_CONTENT,
            "Die PDF-Datei enthält eine Aktion, die ein Programm startet (Launch).",
        )
    if seen.programs:
        raise InputError(
            HoldReason.ACTIVE_CONTENT,
            f"Die PDF-Datei enthält ein ausführbares Programm ({seen.programs[0]}).",
        )


def _active_findings(seen: active_content.Active) -> list[Found]:
    out: list[Found] = []

    def add(code: str, text: str, severity: Severity, **detail: object) -> None:
        out.append(Found(code=code, text=text, severity=severity, detail=detail))

    if seen.scripts:
        add(
            "pdf.javascript",
            "Die PDF-Datei enthält JavaScript; die Fassung im Archiv führt es nicht mit.",
            Severity.BLOCKS_DESTRUCTION,
            count=seen.scripts,
        )
    if seen.dynamic_form:
        add(
            "pdf.xfa",
            "Die PDF-Datei ist ein XFA-Formular; ihr Inhalt kann unvollständig dargestellt sein.",
            Severity.BLOCKS_DESTRUCTION,
        )
    if seen.portfolio:
        add(
            "pdf.portfolio",
            "Die PDF-Datei ist eine Mappe (Portfolio): Ihr Inhalt steckt in den Anlagen.",
            Severity.BLOCKS_DESTRUCTION,
        )
    if seen.media:
        add(
            "pdf.multimedia",
            "Die PDF-Datei enthält Ton, Film oder 3D-Inhalte; sie stehen nur im Original.",
            Severity.WARNING,
        )
    if seen.attachments:
        names = ", ".join(seen.attachments[:5])
        add(
            "pdf.attachments",
            f"Die PDF-Datei enthält Anlagen: {names}.",
            Severity.INFO,
            names=seen.attachments[:100],
        )
    if seen.locked_attachments:
        out.append(_locked())
    if any(name.lower() in EINVOICES for name in seen.attachments):
        add("pdf.einvoice", "Elektronische Rechnung (ZUGFeRD/XRechnung).", Severity.INFO)
    return out


def _encryption_findings(pdf: pikepdf.Pdf) -> list[Found]:
    if not pdf.is_encrypted:
        return []
    return [
        Found(
            code="pdf.protected",
            text="Die PDF-Datei ist verschlüsselt, öffnet sich aber ohne Passwort; "
            "die Fassung im Archiv ist unverschlüsselt.",
            severity=Severity.INFO,
        )
    ]


def _title(pdf: pikepdf.Pdf) -> str | None:
    try:
        title = str(pdf.docinfo.get("/Title", "")).strip()
    except (pikepdf.PdfError, RuntimeError, ValueError, TypeError):
        return None
    return active_content.printable(title)[:300] or None


def _jbig2_findings(pdf: pikepdf.Pdf, limits: Limits) -> list[Found]:
    worst: set[Coding] = set()
    for image in _images(pdf):
        try:
            width, height = int(image.get("/Width", 0)), int(image.get("/Height", 0))
        except (TypeError, ValueError):
            continue
        check_pixels(width, height, 1, limits)
        verdict = _coding_of(image)
        if verdict is not None:
            worst.add(verdict)
    return [JBIG2_FOUND[verdict] for verdict in JBIG2_FOUND if verdict in worst][:1]


def _images(pdf: pikepdf.Pdf) -> Iterator[pikepdf.Object]:
    for item in pdf.objects:
        if isinstance(item, Stream) and item.get("/Subtype") == Name.Image:
            yield item


def _coding_of(image: pikepdf.Object) -> Coding | None:
    """The JBIG2 coding of an image; None when it is not JBIG2."""
    filters = image.get("/Filter")
    names = list(filters) if isinstance(filters, Array) else [filters]
    if Name.JBIG2Decode not in names:
        return None
    if len(names) != 1:  # packed once more: not looked into
        return Coding.UNCHECKED
    parameters = image.get("/DecodeParms")
    if isinstance(parameters, Array):
        parameters = parameters[0] if len(parameters) else None
    shared = parameters.get("/JBIG2Globals") if isinstance(parameters, Dictionary) else None
    try:
        common = shared.read_bytes() if isinstance(shared, Stream) else None
        return jbig2.coding(image.read_raw_bytes(), common)
    except (pikepdf.PdfError, RuntimeError):
        return Coding.UNCHECKED


JBIG2_FOUND = {
    Coding.SYMBOL: Found(
        code="jbig2.symbol",
        text="Die Bilder sind mit JBIG2-Symbolkodierung gespeichert: "
        "Zeichen können vertauscht sein (TR-RESISCAN A.SC.12).",
        severity=Severity.BLOCKS_DESTRUCTION,
    ),
    Coding.UNCHECKED: Found(
        code="jbig2.unchecked",
        text="Die JBIG2-Kodierung der Bilder ließ sich nicht prüfen.",
        severity=Severity.BLOCKS_DESTRUCTION,
    ),
    Coding.DOUBTFUL: Found(
        code="jbig2.doubtful",
        text="Die Bilder nutzen JBIG2-Verfahren, über die ein Mensch entscheiden muss "
        "(Raster- oder Verfeinerungskodierung).",
        severity=Severity.BLOCKS_DESTRUCTION,
    ),
}


# ------------------------------------------------------------------ what viewers show


def _look_at_pages(source: PdfSource, limits: Limits) -> _Pages:
    out = _Pages()
    for number in range(1, source.count + 1):
        try:
            page = source.page(number)
        except PageUnreadable:
            out.sizes.append((0.0, 0.0))
            out.findings.append(unreadable_page(number))
            continue
        out.shown += 1
        out.sizes.append((page.width, page.height))
        _look_at(page, out, limits)
    return out


def _look_at(page: PdfPage, out: _Pages, limits: Limits) -> None:
    if page.scan is not None:
        width, height = page.scan.get_px_size()
        check_pixels(width, height, 1, limits)
    scanned = page.scanned()
    if page.scan is None and page.has_visible_text():
        out.texts += 1
    if scanned is None:
        return
    out.scans += 1
    dpi = page.dots_per_inch(scanned)
    out.findings += scan_findings(page.number, scanned.bilevel, dpi, limits)
