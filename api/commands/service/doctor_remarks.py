"""What a check of ``registratur doctor`` says."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum, unique


@unique
class State(StrEnum):
    """What was found. Only what was looked at and is well is GOOD."""

    GOOD = "good"
    NOTE = "note"  #: nothing to judge: said so that it is known
    MISSING = "missing"
    BAD = "bad"


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """One thing looked at; ``remedy`` says what to do where something is to be done."""

    name: str
    state: State
    text: str
    remedy: str = ""

    @property
    def ok(self) -> bool:
        return self.state in (State.GOOD, State.NOTE)
