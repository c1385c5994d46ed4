"""Signature reports of a document for both faces: who may see them, and in which forms."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from api.content import document_access
from api.content.document_access import View
from api.http.auth import Caller
from api.service import Service
from archive.intake.sources import Sources
from archive.model import Rendition, RenditionRole
from config.errors import ConfigError, NotFound
from ingest.acts.road.revalidation import Revalidate
from ingest.road.verifying import Checked
from signing.children import PROTOCOL
from signing.report.etsi_xml import to_xml
from signing.report.interface import SignatureReport
from signing.report.json_form import from_json

SECONDS = 60.0  #: for writing a protocol


class Form(StrEnum):
    """How a report is taken away."""

    JSON = "json"  #: as it was kept
    XML = "xml"  #: ETSI TS 119 102-2
    PDF = "pdf"  #: the German protocol


MEDIA = {Form.JSON: "application/json", Form.XML: "application/xml", Form.PDF: "application/pdf"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """One check; ``report`` is None where what was kept cannot be read."""

    rendition: Rendition
    report: SignatureReport | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Checks:
    """A document with all checks of its file, the newest last."""

    view: View
    kept: tuple[Kept, ...]


def checks(service: Service, caller: Caller, document_id: str) -> Checks:
    """Raises NotFound alike for foreign and absent ones, Forbidden who may not see evidence."""
    view = document_access.view(service, caller, document_id)
    kept = document_access.evidence_of(view, RenditionRole.SIGNATURE_REPORT)
    return Checks(view=view, kept=tuple(_read(service, rendition) for rendition in kept))


def file_of(kept: Kept, files: Sources) -> Rendition:
    """The arrival that a report is about: the original, or a file that was handed in later."""
    about = kept.rendition.derived_from
    return next((each for each in files.supplements if each.sha256 == about), files.original)


def of_the_original(found: Checks) -> tuple[Kept, ...]:
    """The checks of the file that arrived, the newest last."""
    files = found.view.sources
    return tuple(one for one in found.kept if file_of(one, files) == files.original)


def check_again(service: Service, caller: Caller, document_id: str) -> tuple[Checked, ...]:
    """New reports with today's trust, on the original first, then on each supplement.

    Raises as ``checks``, Conflict where none was made yet.
    """
    return Revalidate(document_id=document_id).perform(service.engines, caller.acting)


def take_away(
    service: Service, caller: Caller, document_id: str, form: Form, version: int | None
) -> tuple[bytes, str]:
    """A report's bytes and a file name; ``version`` None: the newest on the original.

    Raises NotFound where there is no such version, or it cannot be read.
    """
    found = checks(service, caller, document_id)
    chosen: tuple[Kept, ...] = of_the_original(found)
    if version is not None:
        chosen = tuple(one for one in found.kept if one.rendition.version == version)
    if not chosen:
        raise NotFound(f"{document_id} hat keinen solchen Prüfbericht.")
    kept = chosen[-1]
    name = f"signaturpruefung-{kept.rendition.version}.{form.value}"
    if form is Form.JSON:
        return service.objects.path(kept.rendition.sha256).read_bytes(), name
    if kept.report is None:
        raise NotFound(f"Der Prüfbericht {kept.rendition.version} ist nicht lesbar.")
    if form is Form.XML:
        return to_xml(kept.report), name
    made = service.engines.workshop.run(PROTOCOL(kept.report), seconds=SECONDS, subject=document_id)
    return made, name


def _read(service: Service, rendition: Rendition) -> Kept:
    try:
        report = from_json(service.objects.path(rendition.sha256).read_bytes())
    except (ConfigError, UnicodeDecodeError):
        return Kept(rendition=rendition, report=None)
    return Kept(rendition=rendition, report=report)
