"""What goes over the wire of signature checks."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import Field

from api.content.signature_reports import Kept, file_of
from api.schemas.common import Wire
from archive.intake.sources import Sources
from archive.model import RenditionRole
from signing.report.interface import tone, wording
from signing.report.json_form import public


class SignatureOut(Wire):
    """One signature, as ``registratur signatures --json`` gives it, and its sentence."""

    field: str | None
    format: str
    kind: str
    indication: str
    sub_indication: str | None
    integrity: str
    changes: str
    covers_whole_file: bool | None
    qualification: str
    signer: str | None
    signing_time: str | None
    best_time: str | None
    trusted_list: dict[str, Any] | None
    tone: str
    wording: str


class SignatureCheckOut(Wire):
    """One check. ``readable`` false: what was kept cannot be read, and nothing is said."""

    version: int
    sha256: str = Field(description="Of the report.")
    file: RenditionRole = Field(description="What was checked: the original or a supplement.")
    file_sha256: str
    readable: bool
    conclusion: str | None = None
    reading: str | None = None
    tone: str | None = None
    wording: str | None = None
    validation_time: datetime | None = None
    signatures: list[SignatureOut] = Field(default_factory=list)
    warnings: list[str] = Field(default_factory=list)

    @classmethod
    def of(cls, kept: Kept, files: Sources) -> SignatureCheckOut:
        rendition, report = kept.rendition, kept.report
        file = file_of(kept, files)
        if report is None:
            return cls(
                version=rendition.version, sha256=rendition.sha256, file=file.role,
                file_sha256=file.sha256, readable=False,
            )  # fmt: skip
        shape = public(report)
        return cls(
            version=rendition.version,
            sha256=rendition.sha256,
            file=file.role,
            file_sha256=file.sha256,
            readable=True,
            conclusion=report.conclusion.value,
            reading=report.reading.value,
            tone=tone(report).value,
            wording=wording(report),
            validation_time=report.validation_time,
            signatures=[
                SignatureOut(**said, tone=tone(one).value, wording=wording(one))
                for said, one in zip(shape["signatures"], report.signatures, strict=True)
            ],
            warnings=list(report.warnings),
        )


class SignatureChecks(Wire):
    """All checks of a document's files, the oldest first."""

    items: list[SignatureCheckOut]
