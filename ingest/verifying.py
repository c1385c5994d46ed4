"""Step ``verify``: signatures, seals and time-stamps of the untouched original."""

from __future__ import annotations

import io

from archive.model import Finding, Rendition, RenditionRole, Severity
from ingest.change import Change
from ingest.engines import Engines
from ingest.subject import item_and_source
from signing.report import Conclusion, SignatureReport
from signing.report_json import to_json
from signing.wording import wording

GOOD = frozenset({Conclusion.UNSIGNED, Conclusion.INTACT})


def verify(engines: Engines, item_id: str) -> Change:
    """Validate what the file carries and keep the report; nothing here changes the file.

    A check that could not be made is "indeterminate, because ..." and shown as such.
    """
    item, _ = item_and_source(engines, item_id)
    report = engines.verifier.verify(
        engines.objects.path(item.sha256),
        subject=item.source,
        priority=engines.priority(item.stream),
    )
    data = to_json(report)
    stored = engines.objects.put(io.BytesIO(data))
    return Change(
        action="SIGNATURE_CHECKED",
        detail={
            "conclusion": report.conclusion.value,
            "reading": report.reading.value,
            "signatures": len(report.signatures),
            "report_sha256": stored.sha256,
        },
        findings=_findings(report),
        renditions=(
            Rendition(
                role=RenditionRole.SIGNATURE_REPORT,
                sha256=stored.sha256,
                size=stored.size,
                media_type="application/json",
                file_name="signaturpruefung.json",
                derived_from=item.sha256,
                detail={"conclusion": report.conclusion.value},
            ),
        ),
    )


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
