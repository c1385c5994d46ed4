"""Step ``preserve``: the searchable PDF/A, judged; the original stays as it came."""

from __future__ import annotations

import io
import json
from pathlib import Path

from archive.model import Finding, Rendition, RenditionRole, Severity
from ingest.engines import Engines
from ingest.road.checking import facts
from ingest.road.recognising import profile_of
from ingest.road.step_input import NO_RENDITION, Subject, finding, recognition_of, subject
from ingest.road.step_outcome import Change
from ocr.accepted_kinds import PAGED
from ocr.errors import NoRendition
from ocr.pdfa.pdfa import Preserved

PRESERVED = "preserved.pdf"
COMPLIANT = "compliant"


def preserve(engines: Engines, document_id: str) -> Change:
    """Write the copy that clerks read. Where none can be made, the original alone is archived."""
    about = subject(engines, document_id)
    if facts(engines, about.item.id).kind not in PAGED:
        return _original_alone(about, "die Datei hat keine Seiten.", Severity.INFO)
    try:
        made = _write(engines, about)
    except NoRendition as why:
        return _original_alone(about, str(why))
    return _change(engines, about, made)


def preserved_file(engines: Engines, about: Subject) -> Path:
    """The copy that ``preserve`` wrote; written again where its working file is gone."""
    found = engines.scratch.find(about.document.id, PRESERVED)
    if found is not None:
        return found
    _write(engines, about)
    return preserved_file(engines, about)


def _write(engines: Engines, about: Subject) -> Preserved:
    with engines.scratch.room(about.document.id) as room:
        made = engines.pdfa.write(
            about.source,
            recognition_of(engines, about.document),
            room / PRESERVED,
            profile=profile_of(about),
            title=about.document.title,
            subject=about.name,
            pages=about.pages,
            priority=engines.priority(about.item.stream),
        )
        engines.scratch.publish(about.document.id, PRESERVED, room / PRESERVED)
    return made


def _change(engines: Engines, about: Subject, made: Preserved) -> Change:
    report = {
        "format": 1,
        "flavour": made.flavour,
        "verdict": made.verdict,
        "validator": made.validator,
        "report": made.report,
        "steps": list(made.steps),
    }
    stored = engines.objects.put(io.BytesIO(json.dumps(report, sort_keys=True).encode()))
    findings = list(map(finding, made.findings))
    if made.verdict != COMPLIANT:
        findings.append(_not_confirmed(made))
    return Change(
        action="NORMALISED" if made.verdict == COMPLIANT else "PDFA_INVALID",
        detail={
            "flavour": made.flavour,
            "verdict": made.verdict,
            "steps": list(made.steps),
            "report_sha256": stored.sha256,
            "comparison": made.comparison.summary(),
        },
        findings=tuple(findings),
        renditions=(
            Rendition(
                role=RenditionRole.PDFA_REPORT,
                sha256=stored.sha256,
                size=stored.size,
                media_type="application/json",
                file_name="pdfa-pruefung.json",
                derived_from=about.source_sha256,
                detail={"verdict": made.verdict},
            ),
        ),
    )


def _not_confirmed(made: Preserved) -> Finding:
    return Finding(
        code=f"pdfa.{made.verdict}",
        text="PDF/A nicht geprüft (Prüfprogramm nicht verfügbar)."
        if made.verdict == "not-validated"
        else "Die Lesefassung erfüllt PDF/A nicht.",
        severity=Severity.WARNING,
        detail={"validator": made.validator},
    )


def _original_alone(
    about: Subject, why: str, severity: Severity = Severity.BLOCKS_DESTRUCTION
) -> Change:
    return Change(
        action="PDFA_INVALID",
        detail={"verdict": "none"},
        findings=(
            Finding(
                code=NO_RENDITION,
                text=f"Kein PDF/A: {why} Archiviert ist das Original.",
                severity=severity,
            ),
        ),
    )
