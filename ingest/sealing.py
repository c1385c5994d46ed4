"""Step ``seal``: a PAdES seal over scan and transfer note together."""

from __future__ import annotations

from archive.model import Rendition, RenditionRole
from ingest.change import Change
from ingest.engines import Engines
from ingest.noting import noted_file
from ingest.subject import subject

SEALED = "sealed.pdf"


def seal(engines: Engines, document_id: str) -> Change:
    """Seal the file that holds both. Where there is no copy, there is nothing to seal.

    Raises:
        Unavailable: the key cannot be used at present.
    """
    about = subject(engines, document_id)
    if not about.has_rendition():
        return Change(action="SEAL_APPLIED", detail={"level": "none"})
    with engines.scratch.room(document_id) as room:
        applied = engines.sealer.seal(
            noted_file(engines, about),
            room / SEALED,
            reason="Ersetzendes Scannen: Siegel über Scan und Transfervermerk",
            at=engines.clock(),
            subject=about.name,
        )
        stored = engines.objects.put(room / SEALED)
    return Change(
        action="SEAL_APPLIED",
        detail={
            "level": applied.level,
            "trial": applied.trial,
            "certificate_sha256": applied.certificate_sha256,
            "sha256": stored.sha256,
        },
        renditions=(
            Rendition(
                role=RenditionRole.SCAN_PRODUCT,
                sha256=stored.sha256,
                size=stored.size,
                media_type="application/pdf",
                file_name=f"{about.name.rsplit('.', 1)[0]}.pdf",
                derived_from=about.source_sha256,
                detail={
                    "seal": applied.level,
                    "trial": applied.trial,
                    "certificate": applied.certificate_subject,
                    "certificate_sha256": applied.certificate_sha256,
                },
            ),
        ),
    )
