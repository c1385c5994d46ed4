"""Step ``seal``: a PAdES seal over scan and transfer note together, judged as sealed."""

from __future__ import annotations

from dataclasses import dataclass

from archive.model import Finding, Rendition, RenditionRole, Severity
from ingest.engines import Engines
from ingest.road.noting import noted_file
from ingest.road.preserving import COMPLIANT
from ingest.road.step_input import Subject, subject
from ingest.road.step_outcome import Change
from ocr.pdfa.embedding import FLAVOUR, Metadata
from ocr.pdfa.validator import Verdict
from signing.sealing.seal import Seal

SEALED = "sealed.pdf"
NOT_JUDGED = "not-validated"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sealed:
    """One sealed file in the object store, and what was judged of its bytes."""

    seal: Seal
    sha256: str
    size: int
    metadata: Metadata
    verdict: Verdict

    @property
    def stands(self) -> bool:
        """It is what it claims, or nobody could say."""
        return self.verdict.compliant or self.verdict.status == NOT_JUDGED


def seal(engines: Engines, document_id: str) -> Change:
    """Seal the file that holds both. Where there is no copy, there is nothing to seal.

    What counts is judged on the sealed bytes: where note or seal have undone PDF/A, the metadata
    are written anew; where that does not help, the sealed copy claims no PDF/A.

    Raises:
        Unavailable: the key cannot be used at present.
    """
    about = subject(engines, document_id)
    if not about.has_rendition():
        return Change(action="SEAL_APPLIED", detail={"level": "none"})
    good = _verdict_of_copy(about) == COMPLIANT
    done = _sealed(engines, about, Metadata.KEPT)
    tries = [done]
    for metadata in (Metadata.RENEWED, Metadata.UNCLAIMED):
        if tries[-1].stands:
            break
        tries.append(_sealed(engines, about, metadata))
    return _change(about, tries, copy_was_good=good)


def _verdict_of_copy(about: Subject) -> str:
    reports = [r for r in about.document.renditions if r.role is RenditionRole.PDFA_REPORT]
    return str(reports[-1].detail.get("verdict", "")) if reports else ""


def _sealed(engines: Engines, about: Subject, metadata: Metadata) -> _Sealed:
    with engines.scratch.room(about.document.id) as room:
        applied = engines.sealer.seal(
            noted_file(engines, about, metadata),
            room / SEALED,
            reason="Ersetzendes Scannen: Siegel über Scan und Transfervermerk",
            at=engines.clock(),
            subject=about.name,
        )
        verdict = engines.pdfa.judge(room / SEALED, FLAVOUR)
        stored = engines.objects.put(room / SEALED)
    return _Sealed(
        seal=applied, sha256=stored.sha256, size=stored.size, metadata=metadata, verdict=verdict
    )


def _change(about: Subject, tries: list[_Sealed], *, copy_was_good: bool) -> Change:
    done = tries[-1]
    applied = done.seal
    judged = {"pdfa": done.verdict.status, "metadata": done.metadata.value}
    return Change(
        action="SEAL_APPLIED",
        detail={
            "level": applied.level,
            "trial": applied.trial,
            "certificate_sha256": applied.certificate_sha256,
            "sha256": done.sha256,
            **judged,
        },
        findings=_findings(tries, copy_was_good),
        renditions=(
            Rendition(
                role=RenditionRole.SCAN_PRODUCT,
                sha256=done.sha256,
                size=done.size,
                media_type="application/pdf",
                file_name=f"{about.name.rsplit('.', 1)[0]}.pdf",
                derived_from=about.source_sha256,
                detail={
                    "seal": applied.level,
                    "trial": applied.trial,
                    "certificate": applied.certificate_subject,
                    "certificate_sha256": applied.certificate_sha256,
                    **judged,
                },
            ),
        ),
    )


def _findings(tries: list[_Sealed], copy_was_good: bool) -> tuple[Finding, ...]:
    done = tries[-1]
    why = [_rules(one.verdict) for one in tries if not one.stands]
    if done.metadata is Metadata.UNCLAIMED:
        return (
            Finding(
                code="pdfa.sealed_not_compliant",
                text="Die gesiegelte Lesefassung erfüllt PDF/A nicht und erhebt den Anspruch darum "
                f"nicht ({why[0]}). Maßgeblich ist das Original.",
                severity=Severity.BLOCKS_DESTRUCTION,
                detail={"failed": why},
            ),
        )
    if done.verdict.status == NOT_JUDGED and copy_was_good:
        return (
            Finding(
                code="pdfa.sealed_not_validated",
                text="Die gesiegelte Lesefassung wurde nicht auf PDF/A geprüft: "
                f"{done.verdict.error}. Geprüft ist die Fassung vor dem Siegel.",
                severity=Severity.WARNING,
            ),
        )
    if done.metadata is Metadata.RENEWED:
        return (
            Finding(
                code="pdfa.metadata_renewed",
                text="Die Metadaten der Lesefassung wurden neu geschrieben, weil sie mit dem Siegel "
                f"PDF/A verletzt hätten ({why[0]}).",
                severity=Severity.INFO,
                detail={"failed": why},
            ),
        )
    return ()


def _rules(verdict: Verdict) -> str:
    rules = [f"{rule.get('clause')}-{rule.get('test')}" for rule in verdict.failed[:5]]
    return ", ".join(rules) or str(verdict.error)
