"""Step ``verify``: signatures, seals and time-stamps of the untouched original."""

from __future__ import annotations

import io
from pathlib import Path

from archive.model import Finding, Item, Rendition, RenditionRole, Severity
from archive.siblings import content_beside
from ingest.change import Change
from ingest.engines import Engines
from ingest.subject import item_and_source
from signing.content import SUFFIXES
from signing.report import Conclusion, SignatureReport
from signing.report_json import to_json
from signing.wording import wording

GOOD = frozenset({Conclusion.UNSIGNED, Conclusion.INTACT})


def verify(engines: Engines, item_id: str) -> Change:
    """Validate what the file carries and keep the report; nothing here changes the file.

    A check that could not be made is "indeterminate, because ..." and shown as such.
    """
    item, _ = item_and_source(engines, item_id)
    report = checked(engines, item)
    kept = keep(engines, item, report, version=1)
    return Change(
        action="SIGNATURE_CHECKED",
        detail=audited(report, kept),
        findings=_findings(report),
        renditions=(kept,),
    )


def checked(engines: Engines, item: Item) -> SignatureReport:
    """Look at the original now; a detached signature with what came in beside it."""
    return engines.verifier.verify(
        engines.objects.path(item.sha256),
        content=_content(engines, item),
        subject=item.source,
        priority=engines.priority(item.stream),
    )


def keep(engines: Engines, item: Item, report: SignatureReport, *, version: int) -> Rendition:
    """Put the report into the store and say what it is to the item."""
    stored = engines.objects.put(io.BytesIO(to_json(report)))
    return Rendition(
        role=RenditionRole.SIGNATURE_REPORT,
        sha256=stored.sha256,
        size=stored.size,
        media_type="application/json",
        file_name="signaturpruefung.json",
        version=version,
        derived_from=item.sha256,
        detail={"conclusion": report.conclusion.value},
    )


def audited(report: SignatureReport, kept: Rendition) -> dict[str, object]:
    """What the trail says of a check."""
    return {
        "conclusion": report.conclusion.value,
        "reading": report.reading.value,
        "signatures": len(report.signatures),
        "report_sha256": kept.sha256,
    }


def _content(engines: Engines, item: Item) -> tuple[Path, ...]:
    with engines.database.read() as session:
        found = content_beside(session, item, SUFFIXES)
    return tuple(engines.objects.path(address) for address in found)


def _findings(report: SignatureReport) -> tuple[Finding, ...]:
    if report.conclusion is Conclusion.UNSIGNED and not report.warnings:
        return ()
    return (
        Finding(
            code=f"signature.{report.conclusion.value}",
            text=wording(report),
            severity=Severity.INFO if report.conclusion in GOOD else Severity.WARNING,
            detail={"warnings": list(report.warnings)},
        ),
    )
