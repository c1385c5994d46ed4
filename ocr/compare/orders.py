"""What a comparison is asked and what it answers; frozen values that pass between processes."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum, unique
from pathlib import Path
from typing import Any

DPI = 100.0  #: at which pages are drawn for comparison
MOST_PIXELS = 16_000_000  #: of one drawn page; larger ones (plans) are drawn more coarsely


@unique
class Made(StrEnum):
    """How a page of the copy came from its source; what may look otherwise depends on it."""

    KEPT = "kept"  #: the page's own content, with invisible text over it
    PICTURE = "picture"  #: a picture file, laid on a page
    REDRAWN = "redrawn"  #: a picture of the page as one drawer shows it


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """A page of the copy and the page of the source that it is of; both count from 1."""

    source: int
    copy: int
    made: Made
    turn: int = 0  #: degrees clockwise that the copy was turned
    skew: float = 0.0  #: degrees, clockwise, that the copy was straightened by


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """Pages to compare, in one go."""

    source: Path
    copy: Path
    pairs: tuple[Pair, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """One place that differs: shares of width and height (0..1, from the top left), and how much."""

    box: tuple[float, float, float, float]
    lost: int  #: sum of what the source shows and the copy does not
    added: int  #: the other way round


@unique
class Result(StrEnum):
    ALIKE = "alike"
    DIFFERS = "differs"
    NOT_COMPARED = "not_compared"


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What one drawer saw of one page."""

    drawer: str
    result: Result
    why: str = ""  #: German; of what differs or could not be compared
    spots: tuple[Spot, ...] = ()  #: the heaviest
    places: int = 0  #: how many there are
    dpi: float = DPI
    otherwise: bool = False  #: this drawer shows the source itself otherwise than the first does


@dataclass(frozen=True, slots=True, kw_only=True)
class PageCompared:
    """One page of the copy (from 1), by each drawer."""

    page: int
    looks: tuple[Look, ...]

    @property
    def result(self) -> Result:
        """Differs where one drawer says so; alike where at least one compared and none objects."""
        results = {look.result for look in self.looks}
        for result in (Result.DIFFERS, Result.ALIKE):
            if result in results:
                return result
        return Result.NOT_COMPARED

    @property
    def is_complete(self) -> bool:
        """Every drawer compared it."""
        return bool(self.looks) and all(
            look.result is not Result.NOT_COMPARED for look in self.looks
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Whole:
    """What the drawers say of both files, and of themselves."""

    counts: dict[str, tuple[int | None, int]]  #: drawer -> pages of source (None: unknown) and copy
    drawers: tuple[str, ...]  #: that are here, with their versions
    missing: tuple[str, ...]  #: that are not, German, with the remedy


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """A rendition against its source; ``whole`` is None where nobody could say it."""

    pages: tuple[PageCompared, ...]
    whole: Whole | None
    is_part: bool = False  #: of some pages of the source: its count may differ

    @property
    def differing(self) -> tuple[int, ...]:
        return tuple(page.page for page in self.pages if page.result is Result.DIFFERS)

    @property
    def counts_agree(self) -> bool:
        counts = self.whole.counts if self.whole else {}
        wanted = len(self.pages)
        return all(
            copy == wanted and (self.is_part or source in (None, wanted))
            for source, copy in counts.values()
        )

    @property
    def is_alike(self) -> bool:
        """Nothing differs; what could not be compared is another question."""
        return not self.differing and self.counts_agree

    def summary(self) -> dict[str, Any]:
        """The facts for event and transfer note; a few hundred bytes."""
        return {
            "pages": len(self.pages),
            "alike": sum(page.result is Result.ALIKE for page in self.pages),
            "by_all_drawers": sum(page.is_complete for page in self.pages),
            "differing": list(self.differing[:100]),
            "drawers": list(self.whole.drawers) if self.whole else [],
            "dpi": DPI,
        }

    def as_json(self) -> dict[str, Any]:
        """All of it, for the report (docs/reference/ocr.md); alike pages in short."""
        told = [
            asdict(page)
            for page in self.pages
            if page.result is not Result.ALIKE
            or not page.is_complete
            or any(look.otherwise for look in page.looks)
        ]
        return {
            **self.summary(),
            "format": 1,
            "counts": self.whole.counts if self.whole else {},
            "missing": list(self.whole.missing) if self.whole else [],
            "told": told,
        }
