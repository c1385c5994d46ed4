"""Is the copy what the original shows? Asked of children page by page; told as findings."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from config.errors import ChildDeath
from config.isolation import Workshop
from ocr.children import COMPARE_PAGES, COMPARE_WHOLE
from ocr.compare.orders import Comparison, Look, Order, PageCompared, Pair, Result, Spot, Whole
from ocr.findings import Found, Severity, few

SECONDS = 60.0
SECONDS_A_PAGE = 6.0
PAGES_AT_ONCE = 10
TOLD = 3  #: places named in the sentence; more are in the detail
MOST = 0.6  #: of the page each way
MOSTLY = 3  #: times more lost than added, or the other way round


class Comparer:
    """Compares in the children of a workshop; safe for several threads."""

    def __init__(self, workshop: Workshop) -> None:
        self._workshop = workshop

    def compare(
        self,
        source: Path,
        copy: Path,
        pairs: tuple[Pair, ...],
        *,
        is_part: bool,
        subject: str,
        priority: int = 1,
    ) -> Comparison:
        """Every pair of pages; a child that dies costs the page it died over.

        ``is_part``: the copy is of some pages of the source only.
        """
        order = Order(source=source, copy=copy, pairs=pairs)
        pages: list[PageCompared] = []
        for start in range(0, len(pairs), PAGES_AT_ONCE):
            some = pairs[start : start + PAGES_AT_ONCE]
            pages += self._some(order, some, subject, priority)
        whole = self._whole(order, subject, priority)
        return Comparison(pages=tuple(pages), whole=whole, is_part=is_part)

    def _some(
        self, order: Order, pairs: tuple[Pair, ...], subject: str, priority: int
    ) -> list[PageCompared]:
        try:
            found = self._workshop.run(
                COMPARE_PAGES(Order(source=order.source, copy=order.copy, pairs=pairs)),
                seconds=SECONDS + SECONDS_A_PAGE * len(pairs),
                subject=f"{subject}, Vergleich mit dem Original",
                priority=priority,
            )
            return list(found)
        except ChildDeath as death:
            if len(pairs) > 1:
                return [
                    page for pair in pairs for page in self._some(order, (pair,), subject, priority)
                ]
            look = Look(
                drawer="", result=Result.NOT_COMPARED, why=f"der Vergleich brach ab: {death}"
            )
            return [PageCompared(page=pairs[0].copy, looks=(look,))]

    def _whole(self, order: Order, subject: str, priority: int) -> Whole | None:
        try:
            return self._workshop.run(
                COMPARE_WHOLE(Order(source=order.source, copy=order.copy, pairs=())),
                seconds=SECONDS,
                subject=f"{subject}, Vergleich mit dem Original",
                priority=priority,
            )
        except ChildDeath:
            return None


def findings(comparison: Comparison) -> tuple[Found, ...]:
    """What staff must know; nothing where every drawer found every page alike."""
    told = [found for page in comparison.pages for found in _of_page(page)]
    if not comparison.counts_agree:
        told.append(_counts(comparison))
    if comparison.whole is None or comparison.whole.missing:
        told.append(_incomplete(comparison.whole))
    return tuple(few(told))


def _of_page(page: PageCompared) -> list[Found]:
    reasons = [f"{look.drawer}: {look.why}" if look.drawer else look.why for look in page.looks]
    said = "; ".join(reason for look, reason in zip(page.looks, reasons, strict=True) if look.why)
    if page.result is Result.DIFFERS:
        return [_differs(page)]
    if page.result is Result.NOT_COMPARED:
        text = f"Seite {page.page} der Lesefassung konnte nicht mit dem Original verglichen werden"
        return [
            Found(
                code="copy.not_compared",
                text=f"{text} ({said}). Maßgeblich ist das Original; Papier aufbewahren.",
                severity=Severity.BLOCKS_DESTRUCTION,
                page=page.page,
            )
        ]
    found = []
    if not page.is_complete:
        text = f"Seite {page.page} der Lesefassung wurde nur mit einem der zwei Anzeigeprogramme"
        found.append(
            Found(
                code="copy.compared_once",
                text=f"{text} mit dem Original verglichen ({said}).",
                page=page.page,
            )
        )
    if any(look.otherwise for look in page.looks):
        text = f"Seite {page.page} des Originals sieht je nach Anzeigeprogramm verschieden aus"
        found.append(
            Found(
                code="copy.source_ambiguous",
                text=f"{text} (etwa durch fehlende Schriften); die Lesefassung zeigt sie wie pdfium.",
                severity=Severity.INFO,
                page=page.page,
            )
        )
    return found


def _differs(page: PageCompared) -> Found:
    looks = [look for look in page.looks if look.result is Result.DIFFERS]
    said = dict.fromkeys(text for look in looks for text in _what(look))
    return Found(
        code="copy.differs",
        text=f"Seite {page.page} der Lesefassung sieht anders aus als das Original: "
        f"{', '.join(said)}. Maßgeblich ist das Original; Papier aufbewahren.",
        severity=Severity.BLOCKS_DESTRUCTION,
        page=page.page,
        detail={
            "drawers": [look.drawer for look in looks],
            "places": [
                {"drawer": look.drawer, **asdict(spot)} for look in looks for spot in look.spots
            ],
        },
    )


def _what(look: Look) -> list[str]:
    if look.why:
        return [look.why]
    return [f"{_where(spot)} {_how(spot)}" for spot in look.spots[:TOLD]]


def _where(spot: Spot) -> str:
    """The place on the page, in words of a person before the screen."""
    left, top, right, bottom = spot.box
    if right - left > MOST and bottom - top > MOST:
        return "auf der ganzen Seite"
    across, down = (left + right) / 2, (top + bottom) / 2
    row = "oben" if down < 1 / 3 else "unten" if down > 2 / 3 else "in der Mitte"
    column = "links" if across < 1 / 3 else "rechts" if across > 2 / 3 else ""
    return f"{row} {column}".strip()


def _how(spot: Spot) -> str:
    if spot.lost > MOSTLY * spot.added:
        return "fehlt etwas"
    return "ist etwas hinzugekommen" if spot.added > MOSTLY * spot.lost else "ist etwas verändert"


def _counts(comparison: Comparison) -> Found:
    counts = comparison.whole.counts if comparison.whole else {}
    said = "; ".join(
        f"{drawer}: {copy} statt {source}" for drawer, (source, copy) in counts.items()
    )
    return Found(
        code="copy.page_count",
        text=f"Die Lesefassung hat nicht so viele Seiten wie das Original ({said}; verglichen "
        f"wurden {len(comparison.pages)}). Maßgeblich ist das Original; Papier aufbewahren.",
        severity=Severity.BLOCKS_DESTRUCTION,
        detail={"counts": {drawer: list(both) for drawer, both in counts.items()}},
    )


def _incomplete(whole: Whole | None) -> Found:
    missing = ", ".join(whole.missing) if whole else "die Seitenzahlen waren nicht zu ermitteln"
    return Found(
        code="copy.not_compared",
        text=f"Der Vergleich der Lesefassung mit dem Original ist unvollständig: {missing}. "
        "Papier aufbewahren.",
        severity=Severity.BLOCKS_DESTRUCTION,
    )
