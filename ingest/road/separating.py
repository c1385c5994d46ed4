"""Step ``separate``: separator sheets split a stack into its documents; order and counts are kept.

A signed file is never split: its documents would lose the signature's context.
"""

from __future__ import annotations

from archive.intake.documents import NewDocument
from archive.model import Item
from config.errors import HoldReason, InputError
from ingest.engines import Engines
from ingest.road.checking import Facts, facts
from ingest.road.step_input import files_of, finding, item_and_source, report_of
from ingest.road.step_outcome import Change
from ocr.accepted_kinds import PAGED
from ocr.preflight.separator_sheets import Barcodes, barcodes
from signing.report.interface import Conclusion


def separate(engines: Engines, item_id: str) -> Change:
    """Decide which pages make which document.

    Raises:
        InputError: the file is signed and holds separator sheets (a person decides).
    """
    item, source = item_and_source(engines, item_id)
    known = facts(engines, item_id)
    codes = Barcodes(separators=(), findings=())
    if known.kind in PAGED and known.pages > 1 and not known.digital:
        codes = barcodes(
            source,
            engines.workshop,
            pages=known.pages,
            subject=item.source,
            priority=engines.priority(item.stream),
        )
    found = codes.separators
    if found and _signed(engines, item):
        raise InputError(
            HoldReason.SIGNED_STACK,
            f"{item.source}: die Datei ist signiert und enthält Trennblätter (Seite "
            f"{', '.join(str(sheet.page) for sheet in found)}). Sie wird nicht geteilt; bitte klären.",
        )
    ranges = page_ranges(known.pages, tuple(sheet.page for sheet in found))
    origin = engines.stream(item.stream).origin or _origin(known)
    whole = not found
    return Change(
        action="SPLIT_DONE",
        findings=tuple(map(finding, codes.findings)),
        detail={"documents": len(ranges), "separators": len(found), "pages": known.pages},
        parts=tuple(
            NewDocument(
                id=f"d{item_id.removeprefix('i')}-{number}",
                position=number,
                first_page=None if whole else first,
                last_page=None if whole else last,
                origin=origin,
                pages=last - first + 1 if known.pages else None,
            )
            for number, (first, last) in enumerate(ranges, start=1)
        ),
    )


def _signed(engines: Engines, item: Item) -> bool:
    """Whether the arrival that would be split carries a signature, or may carry one."""
    walks = files_of(engines, item).walks
    return report_of(engines, item.id, walks.sha256).conclusion is not Conclusion.UNSIGNED


def page_ranges(pages: int, separators: tuple[int, ...]) -> tuple[tuple[int, int], ...]:
    """The page ranges between separator sheets, 1-based and inclusive; never an empty one.

    A file of separator sheets alone stays one document: nothing is dropped.
    """
    edges = [0, *sorted(separators), pages + 1]
    ranges = tuple(
        (before + 1, after - 1)
        for before, after in zip(edges, edges[1:], strict=False)  # noqa: RUF007 - clearer so
        if after - before > 1
    )
    return ranges or ((1, pages),)


def _origin(known: Facts) -> str:
    return "digital" if known.digital or known.einvoice or known.kind not in PAGED else "paper"
