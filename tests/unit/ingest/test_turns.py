"""One who brings much makes nobody else wait for all of it: the pure order of the queue."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.queue.fair_queueing import TURNS, Kind, Sender, Standing, next_turns

Flow = tuple[str, str]
Event = tuple[Literal["arrive", "finish", "restart"], int, int]


@dataclass(eq=False)
class Work:
    """One piece of work, and what others had done since it came."""

    flow: Flow
    turn: int
    came: int
    ahead: int  #: of its own flow on the road when it came, itself included
    passed_by: Counter[Flow] = field(default_factory=Counter)


@dataclass
class Queue:
    """The engine's queue: the lowest turn first, then what came first; it knows only what is on the road."""

    slots: int
    waiting: list[Work] = field(default_factory=list)
    walking: list[Work] = field(default_factory=list)
    begun: list[Work] = field(default_factory=list)
    came: int = 0

    def arrive(self, flow: Flow, count: int = 1) -> None:
        own = [work for work in (*self.waiting, *self.walking) if work.flow == flow]
        standing = Standing(
            waiting=min((work.turn for work in self.waiting), default=None),
            walking=max((work.turn for work in self.walking), default=None),
            own=max((work.turn for work in own), default=None),
        )
        for number, turn in enumerate(next_turns(standing, count), start=1):
            self.came += 1
            self.waiting.append(Work(flow, turn, self.came, len(own) + number))

    def go_on(self) -> None:
        """Fill the free places, as the engine does at each look."""
        self.waiting.sort(key=lambda work: (work.turn, work.came))
        while self.waiting and len(self.walking) < self.slots:
            work = self.waiting.pop(0)
            self.walking.append(work)
            if work in self.begun:
                continue  # once more, after a restart
            self.begun.append(work)
            for other in self.waiting:
                other.passed_by[work.flow] += 1

    def finish(self, which: int, documents: int) -> None:
        if not self.walking:
            return
        sender, road = self.walking.pop(which % len(self.walking)).flow
        if road == "item":
            self.arrive((sender, "document"), documents)

    def restart(self) -> None:
        """What walked waits again, with the turn that it had."""
        self.waiting += self.walking
        self.walking.clear()


def told(work: Work) -> tuple[Flow, int]:
    return work.flow, work.came


EVENTS = st.lists(
    st.one_of(
        st.tuples(st.just("arrive"), st.integers(0, 3), st.integers(1, 12)),
        st.tuples(st.just("finish"), st.integers(0, 2), st.integers(1, 4)),
        st.tuples(st.just("restart"), st.just(0), st.just(0)),
    ),
    max_size=60,
)


def walked(slots: int, events: list[Event]) -> Queue:
    queue = Queue(slots)
    for what, which, count in events:
        if what == "arrive":
            for _ in range(count):
                queue.arrive((f"sender {which}", "item"))
        elif what == "finish":
            queue.finish(which, count)
        else:
            queue.restart()
        queue.go_on()
    while queue.walking:
        queue.finish(0, 1)
        queue.go_on()
    return queue


@given(slots=st.integers(1, 3), events=EVENTS)
def test_whoever_has_k_waiting_waits_behind_k_and_one_of_any_other(
    slots: int, events: list[Event]
) -> None:
    queue = walked(slots, events)
    assert len(queue.begun) == queue.came  # each was walked
    for work in queue.begun:
        for flow, count in work.passed_by.items():
            if flow != work.flow:
                assert count <= work.ahead + 1, (told(work), flow, count)


@given(slots=st.integers(1, 3), events=EVENTS)
def test_what_one_brings_is_begun_in_the_order_in_which_it_came(
    slots: int, events: list[Event]
) -> None:
    queue = walked(slots, events)
    for flow in {work.flow for work in queue.begun}:
        came = [work.came for work in queue.begun if work.flow == flow]
        assert came == sorted(came)


@given(slots=st.integers(1, 3), events=EVENTS)
def test_a_restart_changes_nothing_of_the_order(slots: int, events: list[Event]) -> None:
    without = [event for event in events if event[0] != "restart"]
    assert [told(work) for work in walked(slots, events).begun] == [
        told(work) for work in walked(slots, without).begun
    ]


@pytest.mark.parametrize("slots", [1, 2])
@pytest.mark.parametrize("others", [1, 2, 3, 8])
def test_a_large_delivery_goes_on_while_others_bring_the_next_as_soon_as_one_is_done(
    slots: int, others: int
) -> None:
    queue = Queue(slots)
    for _ in range(20):
        queue.arrive(("delivery", "item"))
    for number in range(others):
        queue.arrive((f"sender {number}", "item"))
    queue.go_on()
    while any(work.flow == ("delivery", "item") for work in queue.waiting):
        sender, _ = queue.walking.pop(0).flow
        queue.arrive((sender, "item") if sender != "delivery" else (sender, "document"))
        queue.go_on()
        assert len(queue.begun) < 20 * (others + 2) * 2


def test_one_letter_passes_a_delivery_and_the_documents_of_a_large_stack() -> None:
    queue = Queue(slots=1)
    for _ in range(40):
        queue.arrive(("delivery", "item"))
    queue.go_on()
    queue.finish(0, documents=500)
    queue.go_on()
    queue.arrive(("letter", "item"))
    letter = queue.waiting[-1]
    while letter in queue.waiting:
        queue.finish(0, documents=1)
        queue.go_on()
    assert sum(letter.passed_by.values()) <= 4
    while ("letter", "document") not in {work.flow for work in queue.begun[-1:]}:
        queue.finish(0, documents=1)
        queue.go_on()
    assert len(queue.begun) <= 12


def test_documents_appear_while_files_of_the_same_sender_still_wait() -> None:
    queue = Queue(slots=2)
    for _ in range(40):
        queue.arrive(("folder", "item"))
    queue.go_on()
    while len(queue.begun) < 20:
        queue.finish(0, documents=1)
        queue.go_on()
    roads = Counter(road for _, road in (work.flow for work in queue.begun))
    assert roads["document"] >= 8 and roads["item"] >= 8


def test_turns_end_where_the_next_rank_begins() -> None:
    standing = Standing(waiting=TURNS - 3, walking=None, own=None)
    assert next_turns(standing, 4) == (TURNS - 2, TURNS - 1, TURNS - 1, TURNS - 1)
    assert 10 * TURNS < 2**31


def test_a_sender_is_named_by_its_door() -> None:
    assert str(Sender(Kind.PROGRAM, "bauamt")) != str(Sender(Kind.PERSON, "bauamt"))
