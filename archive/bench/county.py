"""How a county is spread: who gets how much, when it came, and what became of it.

Skewed as real ones are: one department has 40 % of everything, one file 20,000 documents, and most
of what is held came lately. All is drawn from one seed, so that the same numbers come out again.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from archive.bench.samples import FILED, Kind

LARGE_SHARE = 0.4
A_DAY = 1_300  #: items that arrive: a million in three years
PER_FILE = 12  #: documents of an ordinary file
LATEST = 200  #: files of a department that still grow
CLOSED_SHARE = 0.01
#: shares of what is neither held nor on its way
SHARES = {
    Kind.FILED: 0.60,
    Kind.CHECKED: 0.30,
    Kind.FAILED: 0.002,
    Kind.SUGGESTED: 0.01,
    Kind.KEEPS_PAPER: 0.05,
    Kind.REJECTED: 0.008,
    Kind.DUPLICATE: 0.03,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How much there shall be; the small numbers shrink with very small archives."""

    documents: int
    users: int = 1_500
    held: int = 400
    largest_file: int = 20_000

    @property
    def standing(self) -> dict[Kind, int]:
        """How many items wait for a person, or walk."""
        held = min(self.held, self.documents // 20)
        return {
            Kind.HELD: held // 2,
            Kind.HELD_PART: held - held // 2,
            Kind.AWAITING_QA: held // 8,
            Kind.WALKING: held // 10,
        }

    @property
    def in_largest(self) -> int:
        return min(self.largest_file, self.documents // 8)


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """One item to be made."""

    number: int
    kind: Kind
    at: datetime
    department: str
    closed: bool
    stream: str
    largest: bool  #: into the department's one large file


@dataclass(slots=True)
class County:
    """Draws what arrives. The first department is the large one, the second has a closed room."""

    size: Size
    departments: tuple[str, ...]
    until: datetime
    midnight: datetime  #: when the day of ``until`` began
    draw: random.Random = field(default_factory=lambda: random.Random(12))

    def arrivals(self) -> Iterator[Arrival]:
        """All items, oldest first."""
        kinds = self._kinds()
        in_largest = self.size.in_largest / (self.size.documents * LARGE_SHARE)
        weights = self._weights()
        for number, kind in enumerate(kinds):
            (department,) = self.draw.choices(self.departments, weights)
            large = department == self.departments[0]
            filed = kind in FILED
            yield Arrival(
                number=number,
                kind=kind,
                at=self._at(number),
                department=department,
                closed=kind is Kind.FILED
                and department == self.departments[1]
                and self.draw.random() < CLOSED_SHARE / weights[1],
                stream="legacy" if self.draw.random() < 0.3 else "mailroom",
                largest=filed and large and self.draw.random() < in_largest,
            )

    def _kinds(self) -> list[Kind]:
        standing = self.size.standing
        rest = self.size.documents - sum(standing.values())
        kinds = self.draw.choices(list(SHARES), list(SHARES.values()), k=rest)
        kinds[0] = Kind.FILED  # what comes first is no duplicate
        walking = standing.pop(Kind.WALKING)
        # What waits came within the last weeks; what walks is the newest.
        lately = max(rest - 20 * A_DAY, 1)
        for kind, count in standing.items():
            for _ in range(count):
                kinds.insert(self.draw.randint(lately, len(kinds)), kind)
        return kinds + [Kind.WALKING] * walking

    def _weights(self) -> list[float]:
        others = [1 / rank for rank in range(1, len(self.departments))]
        return [LARGE_SHARE, *((1 - LARGE_SHARE) * each / sum(others) for each in others)]

    def _at(self, number: int) -> datetime:
        """Today's between midnight and now, those of other days within their office hours."""
        before, place = divmod(self.size.documents - 1 - number, A_DAY)
        share = 1 - place / A_DAY
        if before == 0:
            return self.midnight + share * (self.until - self.midnight) - timedelta(minutes=5)
        day = self.midnight - timedelta(days=before)
        return day + timedelta(hours=7) + share * timedelta(hours=10)
