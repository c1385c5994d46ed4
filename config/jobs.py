"""What a child is asked for: a function by its place, typed on both sides of the border.

The caller does not import the function, since that would load its engines into the parent. Each room
names the functions of its own in ``children.py``; a test holds the types given there against those of
the functions themselves.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, ParamSpec, TypeVar

P = ParamSpec("P")
R_co = TypeVar("R_co", covariant=True)


@dataclass(frozen=True, slots=True)
class Job(Generic[R_co]):
    """One call: ``package.module:name`` with its arguments."""

    function: str
    args: tuple[object, ...]
    answers: tuple[type, ...] = ()  #: what may come back; empty: anything that is accepted at all


@dataclass(frozen=True, slots=True)
class ChildFunction(Generic[P, R_co]):
    """A function that children run; ``answers`` are the classes of what it gives back."""

    function: str
    answers: tuple[type, ...] = ()

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> Job[R_co]:
        """The call to be run in a child; all arguments by place."""
        if kwargs:
            raise TypeError(f"{self.function} takes its arguments by place")
        return Job(self.function, args, self.answers)
