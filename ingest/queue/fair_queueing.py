"""Whose turn it is among those who bring files: start-time fair queueing, kept in the queue itself.

Each sender has two flows, its files and the documents made of them. Work of one flow stands one turn
behind the other; what begins a flow anew stands one turn behind what waits in front. So whoever has
k pieces of work waiting waits behind k + 1 of any other flow at the most, however many those bring,
and each turn that is waited for comes: a flow has no second piece of work in it.

After Goyal, Vin and Cheng, "Start-time Fair Queueing" (1996). There the start of what is being served
is the time; here it is what waits in front, plus one, so that nothing has to be remembered of work
that is done.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

TURNS = 200_000_000  #: of one rank; ranks 0 to 9 fit into the engine's priority (31 bits)


class Kind(StrEnum):
    """By which way somebody brings files or begins work. Kept by the durable engine: values stay."""

    FOLDER = "folder"  #: a hot folder; its name is the stream's
    PERSON = "person"  #: a signed-in user at the pages
    PROGRAM = "program"  #: with a token of this user; all of them together
    COMMAND = "command"  #: an account of the machine, on the command line


@dataclass(frozen=True, slots=True)
class Sender:
    """Who causes the work, as the door knows it; nothing of what the file says of itself."""

    kind: Kind
    name: str

    def __str__(self) -> str:
        return f"{self.kind}:{self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How a queue stands for one flow: turns from 1; None where there is no such work."""

    waiting: int | None  #: the lowest turn of all that waits
    walking: int | None  #: the highest of all that walks
    own: int | None  #: the highest of the flow's own, waiting or walking


def next_turns(standing: Standing, count: int) -> tuple[int, ...]:
    """The turns of the next ``count`` pieces of work of that flow, all below ``TURNS``.

    A queue that was never empty for so long that its turns are used up takes what comes then in
    order of arrival.
    """
    front = standing.waiting if standing.waiting is not None else standing.walking
    last = max(front or 0, standing.own or 0)
    return tuple(min(last + number, TURNS - 1) for number in range(1, count + 1))
