"""What is noticed about a file or a page: a code for programs, a sentence for staff."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum, unique
from typing import Any


@unique
class Severity(StrEnum):
    INFO = "info"
    WARNING = "warning"
    BLOCKS_DESTRUCTION = "blocks_destruction"  #: archived, but its paper may not be destroyed


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One finding. ``page`` is 1-based, None for the whole file."""

    code: str
    text: str
    severity: Severity = Severity.WARNING
    page: int | None = None
    detail: Mapping[str, Any] = field(default_factory=dict)


MANY = 30  #: page findings of one code beyond which they are told as one


def few(findings: list[Found]) -> list[Found]:
    """The same finding on very many pages is told once, with the pages in its detail."""
    out: list[Found] = []
    for code in dict.fromkeys(found.code for found in findings):
        same = [found for found in findings if found.code == code]
        if len(same) <= MANY:
            out += same
            continue
        first = same[0]
        out.append(
            Found(
                code=code,
                text=f"{first.text} Das gilt für {len(same)} Seiten.",
                severity=first.severity,
                page=first.page,
                detail={"pages": [found.page for found in same]},
            )
        )
    return out


def truncated(page: int) -> Found:
    return Found(
        code="image.truncated",
        text=f"Das Bild auf Seite {page} ist unvollständig oder beschädigt; "
        "gezeigt wird, was davon lesbar ist. Papier aufbewahren und neu scannen.",
        severity=Severity.BLOCKS_DESTRUCTION,
        page=page,
    )
