"""What one step of the road has to say to the record; applied in one transaction
(ingest/road/step_execution.py).

A step works first (repeatable, outside the database) and returns a ``Change``; the commit applies
it together with the stage, the audit event and the durable engine's checkpoint.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from archive.efile.filing import Place
from archive.intake.documents import NewDocument
from archive.model import Finding, Rendition
from config.errors import HoldReason


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What became true. ``action`` names the audit event; ``detail`` holds no content."""

    action: str
    detail: Mapping[str, Any] = field(default_factory=dict)
    values: Mapping[str, Any] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
    renditions: tuple[Rendition, ...] = ()
    parts: tuple[NewDocument, ...] = ()
    place: Place | None = None  #: where the commit files it


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """The step cannot be done: the input's fault or ours. The object is held."""

    reason: HoldReason
    text: str
