"""Files of a hot folder that go on together: how many a group has, and how long it waits for more."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

from ingest.doors.hot_folder.stability import Shape

MOST_FILES, MOST_BYTES = 64, 64 * 2**20  #: of one group
MOST_SECONDS = 0.25  #: that the first one of a group waits for the others


class Member(Protocol):
    """A file with an open handle."""

    @property
    def shape(self) -> Shape: ...

    def close(self) -> None: ...


M = TypeVar("M", bound=Member)


@dataclass(slots=True)
class Group(Generic[M]):
    """Those that go on next; ``moment`` in seconds of a clock that goes on during a look."""

    _members: list[M] = field(default_factory=list)
    _bytes: int = 0
    _begun: float = 0.0

    def has_room(self, size: int) -> bool:
        """Whether one more of so many bytes belongs into it; into an empty one always."""
        return not self._members or self._bytes + size <= MOST_BYTES

    def add(self, member: M, moment: float) -> None:
        if not self._members:
            self._begun = moment
        self._members.append(member)
        self._bytes += member.shape.size

    def is_full(self, moment: float) -> bool:
        """Whether they are as many as go together, or the first has waited long enough."""
        waited = bool(self._members) and moment - self._begun >= MOST_SECONDS
        return waited or len(self._members) >= MOST_FILES

    def drain(self) -> tuple[M, ...]:
        """All of them, which the caller closes; then it is empty."""
        members, self._members, self._bytes = tuple(self._members), [], 0
        return members

    def close(self) -> None:
        for each in self.drain():
            each.close()
