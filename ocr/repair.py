"""What is taken off a copy so that it can be PDF/A: forms, scripts, actions; and what is declared.

The original stays as it is; this is its rendition (docs/explanation/ocr.md).
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pikepdf
from pikepdf import Array, Dictionary, Name

NOT_THE_ORIGINAL = (
    "Durchsuchbare Kopie. Nicht das signierte Original: "
    "Signaturen gelten nur für die unveränderte Originaldatei."
)
#: Keys of the catalogue that PDF/A refuses or that belong to forms and signatures.
CATALOGUE = ("/OpenAction", "/AA", "/AcroForm", "/Perms", "/DSS", "/NeedsRendering", "/Collection")
NAMES = ("/JavaScript", "/AlternatePresentations", "/Renditions")
#: Annotations that show something and may stay (ISO 19005-2, 6.3.1 refuses 3D, Sound, Screen, Movie).
REFUSED_ANNOTATIONS = ("/3D", "/Sound", "/Screen", "/Movie", "/RichMedia", "/FileAttachment")
#: Actions that PDF/A allows (ISO 19005-2, 6.5.1).
ALLOWED_ACTIONS = ("/GoTo", "/GoToR", "/GoToE", "/URI", "/Thread", "/SubmitForm", "/Named")
MOST_ATTACHED = 1000


def strip_active(pdf: pikepdf.Pdf, *, keep_attachments: bool) -> list[str]:
    """Take off what a rendition may not carry; says what was done, for the note."""
    steps: list[str] = []
    if "/AcroForm" in pdf.Root:
        signed = was_signed(pdf)
        _flatten(pdf)
        steps.append("Formular eingeebnet")
        if signed:
            steps.append("Signaturfelder der Kopie entfernt (das Original bleibt signiert)")
    for key in CATALOGUE:
        if key in pdf.Root:
            del pdf.Root[key]
    if _clean_names(pdf, keep_attachments):
        steps.append("Skripte und Aktionen entfernt")
    if not keep_attachments and len(pdf.attachments):
        for name in list(pdf.attachments):
            del pdf.attachments[name]
        steps.append("Anlagen nicht übernommen")
    for page in pdf.pages:
        _clean_page(page)
    return steps


def was_signed(pdf: pikepdf.Pdf) -> bool:
    """Whether a field of the form carries a signature value."""
    form = pdf.Root.get("/AcroForm")
    if not isinstance(form, Dictionary):
        return False
    with contextlib.suppress(ValueError, TypeError, pikepdf.PdfError):
        if int(form.get("/SigFlags", 0)) & 1:
            return True
    return any(
        field.get("/FT") == Name.Sig and "/V" in field for field in _fields(form.get("/Fields"))
    )


def _fields(fields: pikepdf.Object | None, depth: int = 0) -> Iterator[pikepdf.Object]:
    if not isinstance(fields, Array) or depth > 20:
        return
    for field in list(fields)[:10_000]:
        if isinstance(field, Dictionary):
            yield field
            yield from _fields(field.get("/Kids"), depth + 1)


def _flatten(pdf: pikepdf.Pdf) -> None:
    """Fields become part of the page; a broken form loses its widgets only."""
    with contextlib.suppress(pikepdf.PdfError, RuntimeError, ValueError, TypeError):
        pdf.generate_appearance_streams()
        pdf.flatten_annotations("print")


def _clean_names(pdf: pikepdf.Pdf, keep_attachments: bool) -> bool:
    names = pdf.Root.get("/Names")
    if not isinstance(names, Dictionary):
        return False
    dropped = [key for key in NAMES if key in names]
    for key in dropped:
        del names[key]
    if not keep_attachments and "/EmbeddedFiles" in names:
        del names["/EmbeddedFiles"]
    return bool(dropped)


def _clean_page(page: pikepdf.Page) -> None:
    for key in ("/AA", "/PresSteps"):
        if key in page.obj:
            del page.obj[key]
    annotations = page.obj.get("/Annots")
    if not isinstance(annotations, Array):
        if annotations is not None:
            del page.obj["/Annots"]
        return
    kept = [item for item in annotations if _may_stay(item)]
    for item in kept:
        _clean_actions(item)
    if kept:
        page.obj.Annots = Array(kept)
    else:
        del page.obj["/Annots"]


def _may_stay(item: pikepdf.Object) -> bool:
    if not isinstance(item, Dictionary):
        return False
    subtype = str(item.get("/Subtype", ""))
    return subtype not in ("/Widget", *REFUSED_ANNOTATIONS)


def _clean_actions(item: pikepdf.Object) -> None:
    if "/AA" in item:
        del item["/AA"]
    action = item.get("/A")
    kind = str(action.get("/S", "")) if isinstance(action, Dictionary) else ""
    if action is not None and kind not in ALLOWED_ACTIONS:
        del item["/A"]


def declare(pdf: pikepdf.Pdf, flavour: str, *, title: str | None, description: str | None) -> None:
    """Title and description into the metadata, then the claim; veraPDF judges it afterwards."""
    _drop_broken_metadata(pdf)
    with pdf.open_metadata(set_pikepdf_as_editor=False, update_docinfo=False) as meta:
        if title:
            meta["dc:title"] = _printable(title)
        if description:
            meta["dc:description"] = _printable(description)
    pikepdf.pdfa.prepare(pdf, flavour)


def _drop_broken_metadata(pdf: pikepdf.Pdf) -> None:
    """Metadata that cannot be read are replaced; the original keeps them."""
    try:
        with pdf.open_metadata(set_pikepdf_as_editor=False, update_docinfo=False, strict=True):
            pass
    except Exception:  # noqa: BLE001 - hostile XML; whatever is wrong with it, it goes
        if "/Metadata" in pdf.Root:
            del pdf.Root["/Metadata"]


def _printable(text: str) -> str:
    return "".join(char for char in text if char.isprintable() or char == " ")[:1000]


def save(pdf: pikepdf.Pdf, out: Path, flavour: str) -> None:
    """Write the file in the form that PDF/A wants."""
    pdf.save(out, **pikepdf.pdfa.resolve_save_kwargs(flavour))
