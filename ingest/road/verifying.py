"""Step ``verify``: signatures, seals and time-stamps of the untouched original, and of every file
that was handed in later for it; each gets a report of its own.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path

from archive.intake.detached_content import content_beside
from archive.model import Finding, Item, Rendition, RenditionRole, Severity
from ingest.engines import Engines
from ingest.road.step_input import arrived, files_of
from ingest.road.step_outcome import Change
from signing.conclusions.german_wording import wording
from signing.formats.detached_content import SUFFIXES
from signing.report.interface import Conclusion, Reason, SignatureReport, SignatureResult
from signing.report.json_form import to_json

#: why a file within the file could only not be looked into; that is no sign of a signature
NOT_LOOKED_INTO = frozenset({Reason.ENCRYPTED, Reason.FILE_UNREADABLE, Reason.CHECK_DIED})
GOOD = frozenset({Conclusion.UNSIGNED, Conclusion.INTACT})


def verify(engines: Engines, item_id: str) -> Change:
    """Validate what the file carries and keep the report; nothing here changes the file.

    A check that could not be made is "indeterminate, because ..." and shown as such.
    """
    item, files, _ = arrived(engines, item_id)
    checks = _look_at(engines, item, files.arrivals, first_version=1)
    return Change(
        action="SIGNATURE_CHECKED",
        detail=audited(checks),
        findings=tuple(
            found for check in checks for found in _findings(check, several=len(checks) > 1)
        ),
        renditions=tuple(check.kept for check in checks),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """One file of an item, what was found, and the report as it is kept."""

    file: Rendition
    report: SignatureReport
    kept: Rendition

    @property
    def supplied(self) -> bool:
        """Whether the file was handed in later."""
        return self.file.role is RenditionRole.SUPPLEMENT


def look(engines: Engines, item: Item, *, first_version: int) -> tuple[Checked, ...]:
    """Check the original and every supplement now; the reports are in the store, referred to by
    nothing yet: call it in custody, and commit in it.

    Raises:
        Unavailable: store, database or file are away.
    """
    return _look_at(engines, item, files_of(engines, item).arrivals, first_version=first_version)


def _look_at(
    engines: Engines, item: Item, arrivals: tuple[Rendition, ...], *, first_version: int
) -> tuple[Checked, ...]:
    made = []
    for number, file in enumerate(arrivals):
        report = _checked(engines, item, file)
        kept = _keep(engines, file, report, version=first_version + number)
        made.append(Checked(file=file, report=report, kept=kept))
    return tuple(made)


def which(check: Checked) -> str:
    """Which of several files a check is about, for people."""
    return "Nachgereichte Datei" if check.supplied else "Zuerst angekommene Datei"


def _checked(engines: Engines, item: Item, file: Rendition) -> SignatureReport:
    """Look at one file; a detached signature with what came in beside it."""
    original = file.role is RenditionRole.ORIGINAL
    return engines.verifier.verify(
        engines.objects.path(file.sha256),
        content=_content(engines, item) if original else (engines.objects.path(item.sha256),),
        subject=item.source if original else file.file_name,
        priority=engines.priority(item.stream),
    )


def _keep(engines: Engines, file: Rendition, report: SignatureReport, *, version: int) -> Rendition:
    """Put the report into the store and say what it is about."""
    stored = engines.objects.put(io.BytesIO(to_json(report)))
    return Rendition(
        role=RenditionRole.SIGNATURE_REPORT,
        sha256=stored.sha256,
        size=stored.size,
        media_type="application/json",
        file_name="signaturpruefung.json",
        version=version,
        derived_from=file.sha256,
        detail={"conclusion": report.conclusion.value, "of": file.role.value},
    )


def audited(checks: tuple[Checked, ...]) -> dict[str, object]:
    """What the trail says of a check: of the original, and of each supplement by its hash."""
    first, *others = checks
    told = _audited(first)
    if others:
        told["supplements"] = [{"sha256": each.file.sha256, **_audited(each)} for each in others]
    return told


def _audited(check: Checked) -> dict[str, object]:
    return {
        "conclusion": check.report.conclusion.value,
        "reading": check.report.reading.value,
        "signatures": len(_signatures(check.report)),
        "report_sha256": check.kept.sha256,
    }


def _content(engines: Engines, item: Item) -> tuple[Path, ...]:
    with engines.database.read() as session:
        found = content_beside(session, item, SUFFIXES)
    return tuple(engines.objects.path(address) for address in found)


def _findings(check: Checked, *, several: bool) -> tuple[Finding, ...]:
    """``several``: there is more than one file, so each is named."""
    report = check.report
    if report.conclusion is Conclusion.UNSIGNED and not report.warnings:
        return ()
    return (
        Finding(
            code=f"signature.{report.conclusion.value}",
            text=f"{which(check)} „{check.file.file_name}“: {wording(report)}"
            if several
            else wording(report),
            severity=Severity.INFO if report.conclusion in GOOD else Severity.WARNING,
            detail={
                "warnings": list(report.warnings),
                "sha256": check.file.sha256,
                "signed": _tells_of_a_signature(report),
            },
        ),
    )


def _tells_of_a_signature(report: SignatureReport) -> bool:
    """Whether something in the file calls itself a signature; else it could only not be looked into."""
    return bool({*report.forms} - {"closed"} or _signatures(report))


def _signatures(report: SignatureReport) -> list[SignatureResult]:
    return [one for one in report.signatures if not NOT_LOOKED_INTO.intersection(one.reasons[:1])]
