"""The stages of an item and of its documents, and which may follow which.

The database refuses every other step (trigger on ``stage``, filled from ``TRANSITIONS``).
"""

from __future__ import annotations

from enum import StrEnum, unique
from itertools import pairwise


@unique
class Stage(StrEnum):
    """The last thing that is certainly true; a crash leaves the object there."""

    RECEIVED = "received"  #: original in custody: copied, hashed, read back, record opened
    CHECKED = "checked"  #: type, limits, malware, active content and duplicates looked at
    VERIFIED = "verified"  #: signatures of the untouched original validated, report kept
    SEPARATED = "separated"  #: split into its documents; each of them walks on by itself
    RECOGNISED = "recognised"  #: text with positions kept
    PRESERVED = "preserved"  #: PDF/A written and judged
    NOTED = "noted"  #: transfer note (or conversion note) written and embedded
    SEALED = "sealed"  #: sealed over scan and note together
    FILED = "filed"  #: in its e-file; found by those who may see it
    AWAITING_QA = "awaiting_qa"  #: the procedure wants a person's look before the seal
    HELD = "held"  #: a person has to look; leaves only by hand
    REJECTED = "rejected"  #: a person said no, with a reason; stays in custody
    DUPLICATE = "duplicate"  #: the same bytes are a named document of the same department


ITEM_ROAD = (Stage.RECEIVED, Stage.CHECKED, Stage.VERIFIED, Stage.SEPARATED)
DOCUMENT_ROAD = (
    Stage.SEPARATED,
    Stage.RECOGNISED,
    Stage.PRESERVED,
    Stage.NOTED,
    Stage.SEALED,
    Stage.FILED,
)
TERMINAL = frozenset({Stage.FILED, Stage.REJECTED, Stage.DUPLICATE})


def _pairs(road: tuple[Stage, ...]) -> set[tuple[Stage, Stage]]:
    pairs = set(pairwise(road))
    walking = [stage for stage in road if stage not in TERMINAL]
    pairs |= {(stage, Stage.HELD) for stage in walking}
    # A release puts the object back on the stage where it stood, or further back (a retry).
    pairs |= {(Stage.HELD, stage) for stage in walking}
    pairs.add((Stage.HELD, Stage.REJECTED))
    return pairs


ITEM_TRANSITIONS = frozenset(
    _pairs(ITEM_ROAD) - {(Stage.SEPARATED, Stage.HELD), (Stage.HELD, Stage.SEPARATED)}
    | {(Stage.RECEIVED, Stage.DUPLICATE)}
)
DOCUMENT_TRANSITIONS = frozenset(
    _pairs(DOCUMENT_ROAD)
    | {
        (Stage.NOTED, Stage.AWAITING_QA),
        (Stage.AWAITING_QA, Stage.NOTED),
        (Stage.AWAITING_QA, Stage.HELD),
        (Stage.AWAITING_QA, Stage.REJECTED),
    }
)


@unique
class Outcome(StrEnum):
    """What became of an item; none while it or one of its documents walks."""

    ARCHIVED = "archived"
    HELD = "held"
    AWAITING_QA = "awaiting_qa"
    REJECTED = "rejected"
    DUPLICATE = "duplicate"


def outcome_of(item: Stage, documents: tuple[Stage, ...]) -> Outcome | None:
    """The outcome of an item from its own stage and its documents' (design: held counts first)."""
    if item is Stage.HELD:
        return Outcome.HELD
    if item is Stage.REJECTED:
        return Outcome.REJECTED
    if item is Stage.DUPLICATE:
        return Outcome.DUPLICATE
    if item is not Stage.SEPARATED or not documents:
        return None
    resting = TERMINAL | {Stage.HELD, Stage.AWAITING_QA}
    if any(stage not in resting for stage in documents):
        return None
    if Stage.HELD in documents:
        return Outcome.HELD
    if Stage.AWAITING_QA in documents:
        return Outcome.AWAITING_QA
    return Outcome.ARCHIVED if Stage.FILED in documents else Outcome.REJECTED
