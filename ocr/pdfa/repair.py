"""What is taken off a copy so that it can be PDF/A: forms, scripts, actions; and what is declared.

The original stays as it is; this is its rendition (docs/explanation/ocr.md). Clauses are those of
ISO 19005-3.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pikepdf
from pikepdf import Array, Dictionary, Name, Stream

from ocr.pdf.annotations import draw, has_any
from ocr.pdf.layers import Layers
from ocr.pdf.opening import HIDDEN_ENCRYPTION
from ocr.pdfa.attachments import attach, collect, remove_all
from ocr.pdfa.invoice_xmp import InvoiceMark, invoice_mark, put_back

NOT_THE_ORIGINAL = (
    "Durchsuchbare Kopie. Nicht das signierte Original: "
    "Signaturen gelten nur für die unveränderte Originaldatei."
)
#: Keys of the catalogue that PDF/A refuses or that belong to forms and signatures.
CATALOGUE = ("/OpenAction", "/AA", "/AcroForm", "/Perms", "/DSS", "/NeedsRendering", "/Collection")
NAMES = ("/JavaScript", "/AlternatePresentations", "/Renditions")
REFUSED_ANNOTATIONS = ("/3D", "/Sound", "/Screen", "/Movie", "/RichMedia", "/FileAttachment")
ALLOWED_ACTIONS = ("/GoTo", "/GoToR", "/GoToE", "/URI", "/Thread", "/Named")  #: 6.5.1
NAMED_ACTIONS = ("/NextPage", "/PrevPage", "/FirstPage", "/LastPage")
SMALLEST_BOX, LARGEST_BOX = 3.0, 14400.0  #: 6.1.13
INNER_BOXES = ("/ArtBox", "/TrimBox", "/BleedBox")


def strip_active(pdf: pikepdf.Pdf, *, keep_attachments: bool) -> list[str]:
    """Take off what a rendition may not carry; says what was done, for the note."""
    steps: list[str] = []
    form, signed = "/AcroForm" in pdf.Root, was_signed(pdf)
    layers = Layers(pdf)
    if has_any(pdf):
        draw(pdf, layers)
        steps.append("Stempel, Kommentarmarken und Feldinhalte in die Seiten gezeichnet")
    layers.settle(pdf)
    if form:
        steps.append("Formular eingeebnet")
        if signed:
            steps.append("Signaturfelder der Kopie entfernt (das Original bleibt signiert)")
    for key in CATALOGUE:
        if key in pdf.Root:
            del pdf.Root[key]
    for page in pdf.pages:
        _clean_page(page)
    if _clean_names(pdf) + _clean_objects(pdf):
        steps.append("Skripte und Aktionen entfernt")
    _name_layers(pdf)
    return steps + carry_attachments(pdf, pdf, keep=keep_attachments)


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


def carry_attachments(source: pikepdf.Pdf, target: pikepdf.Pdf, *, keep: bool) -> list[str]:
    """Embedded files of one file into the other (or itself), in proper form."""
    files, lost = collect(source)
    remove_all(target)
    if not files and not lost:
        return []
    if not keep:
        return ["Anlagen nicht übernommen"]
    attach(target, files)
    steps = [f"{len(files)} Anlagen übernommen"] if files else []
    return steps + ([f"{lost} Anlagen nicht übernommen (nicht lesbar)"] if lost else [])


def _clean_names(pdf: pikepdf.Pdf) -> int:
    names = pdf.Root.get("/Names")
    if not isinstance(names, Dictionary):
        return 0
    dropped = [key for key in NAMES if key in names]
    for key in dropped:
        del names[key]
    return len(dropped)


def _clean_objects(pdf: pikepdf.Pdf) -> int:
    """Actions wherever they hang; keys that PDF/A refuses though nothing is shown by them."""
    count = 0
    for item in pdf.objects:
        if not isinstance(item, Dictionary | Stream):
            continue
        count += _clean_actions(item)
        if "/Metadata" in item and item.get("/Type") != Name.Catalog:
            del item["/Metadata"]  # 6.6.2.3.1 holds for the metadata of every picture, too
        if item.get("/Type") == Name.FontDescriptor:
            for key in ("/CIDSet", "/CharSet"):  # 6.2.11.4.2: may be missing, may not be wrong
                if key in item:
                    del item[key]
    return count


def _clean_actions(item: pikepdf.Object) -> int:
    count = 0
    if "/AA" in item:
        del item["/AA"]
        count += 1
    action = item.get("/A")
    if isinstance(action, Dictionary):
        if not _is_allowed(action):
            del item["/A"]
            count += 1
        elif "/Next" in action:
            del action["/Next"]
            count += 1
    return count


def _is_allowed(action: pikepdf.Object) -> bool:
    kind = str(action.get("/S", ""))
    if kind == "/Named":
        return str(action.get("/N", "")) in NAMED_ACTIONS
    return kind in ALLOWED_ACTIONS


def _clean_page(page: pikepdf.Page) -> None:
    for key in ("/AA", "/PresSteps"):
        if key in page.obj:
            del page.obj[key]
    for key in INNER_BOXES:
        if key in page.obj and not _is_possible(page.obj[key]):
            del page.obj[key]
    annotations = page.obj.get("/Annots")
    kept = (
        [item for item in annotations if _may_stay(item)] if isinstance(annotations, Array) else []
    )
    for item in kept:
        _clean_actions(item)
    if kept:
        page.obj.Annots = Array(kept)
    elif annotations is not None:
        del page.obj["/Annots"]


def _is_possible(box: pikepdf.Object) -> bool:
    try:
        x0, y0, x1, y1 = (float(value) for value in box)
    except (TypeError, ValueError):
        return False
    return all(SMALLEST_BOX <= side <= LARGEST_BOX for side in (abs(x1 - x0), abs(y1 - y0)))


def _may_stay(item: pikepdf.Object) -> bool:
    if not isinstance(item, Dictionary):
        return False
    return str(item.get("/Subtype", "")) not in ("/Widget", *REFUSED_ANNOTATIONS)


def _name_layers(pdf: pikepdf.Pdf) -> None:
    """Layers need a named configuration and may not switch themselves (6.9)."""
    layers = pdf.Root.get("/OCProperties")
    if not isinstance(layers, Dictionary):
        return
    configurations = [layers.get("/D"), *(layers.get("/Configs") or [])]
    for number, configuration in enumerate(configurations):
        if isinstance(configuration, Dictionary):
            configuration["/Name"] = pikepdf.String(f"Ebenen {number + 1}")
            if "/AS" in configuration:
                del configuration["/AS"]


def declare(
    pdf: pikepdf.Pdf,
    flavour: str,
    *,
    title: str | None,
    description: str | None,
    mark: InvoiceMark | None = None,
) -> None:
    """Title and description into the metadata, then the claim; veraPDF judges it afterwards.

    ``mark``: that of another file, whose invoice this one carries now.
    """
    _drop_broken_metadata(pdf)
    mark = mark or invoice_mark(pdf)
    with pdf.open_metadata(set_pikepdf_as_editor=False, update_docinfo=False) as meta:
        if title:
            meta["dc:title"] = _printable(title)
        if description:
            meta["dc:description"] = _printable(description)
    _prepare(pdf, flavour)
    if mark is not None and flavour == "3b":
        put_back(pdf, mark)


def _prepare(pdf: pikepdf.Pdf, flavour: str) -> None:
    """The claim, over the output intent that the file has: another would shift its colours."""
    profile, condition = _output_profile(pdf)
    if profile is not None:
        try:
            pikepdf.pdfa.prepare(
                pdf, flavour, output_intent=profile, output_condition_identifier=condition
            )
        except ValueError:
            pass  # no profile that an output intent may have (6.2.3)
        else:
            return
    pikepdf.pdfa.prepare(pdf, flavour)


def _output_profile(pdf: pikepdf.Pdf) -> tuple[bytes | None, str | None]:
    """The profile of the file's output intent, and how its condition is called (14.11.5).

    One for PDF/A comes first; one for print (PDF/X) says as well what the file's colours mean.
    """
    intents = pdf.Root.get("/OutputIntents")
    listed = list(intents) if isinstance(intents, Array) else []
    stated = [one for one in listed if isinstance(one, Dictionary)]
    for kind in (Name.GTS_PDFA1, Name.GTS_PDFX):
        for intent in stated:
            profile = intent.get("/DestOutputProfile")
            if intent.get("/S") == kind and isinstance(profile, Stream):
                with contextlib.suppress(pikepdf.PdfError, RuntimeError):
                    condition = _printable(str(intent.get("/OutputConditionIdentifier", "")))
                    return profile.read_bytes(), condition or None
    return None, None


def _drop_broken_metadata(pdf: pikepdf.Pdf) -> None:
    """Metadata that cannot be read are replaced; the original keeps them."""
    try:
        with pdf.open_metadata(set_pikepdf_as_editor=False, update_docinfo=False, strict=True):
            pass
    except Exception:  # noqa: BLE001 - hostile XML; whatever is wrong with it, it goes
        if "/Metadata" in pdf.Root:
            del pdf.Root["/Metadata"]


def _printable(text: str) -> str:
    return "".join(char for char in text if char.isprintable())[:1000]


def save(pdf: pikepdf.Pdf, out: Path, flavour: str) -> None:
    """Write the file in the form that PDF/A wants; parts 2 and 3 are PDF 1.7 (6.1.2)."""
    if HIDDEN_ENCRYPTION in pdf.trailer:
        del pdf.trailer[HIDDEN_ENCRYPTION]
    how = {**pikepdf.pdfa.resolve_save_kwargs(flavour), "force_version": "1.7"}
    pdf.save(out, **how)
