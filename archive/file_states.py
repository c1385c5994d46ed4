"""The states of files, sub-files, cases and of a document in its file, and which may follow which.

The database refuses every other step (trigger on ``state``, filled from the migrations), and a step
whose guards do not hold: what is open, not final or to be followed up is not closed.
"""

from __future__ import annotations

from enum import StrEnum, unique


@unique
class FileState(StrEnum):
    """A sub-file or case is OPEN or CLOSED alone."""

    OPEN = "OPEN"
    CLOSED = "CLOSED"  #: zdA, ordered by the clerk; the retention period runs
    DUE_FOR_DISPOSAL = "DUE_FOR_DISPOSAL"  #: the retention period is over
    OFFERED = "OFFERED"  #: offered to the archive; from here on nothing opens it again
    APPRAISED = "APPRAISED"
    TRANSFERRED = "TRANSFERRED"
    DELETION_APPROVED = "DELETION_APPROVED"
    DELETED = "DELETED"


@unique
class RecordState(StrEnum):
    """A document in its file."""

    REGISTERED = "REGISTERED"
    FINAL = "FINAL"  #: signed off (schlussgezeichnet): its content is frozen


FILE_TRANSITIONS = frozenset(
    {
        (FileState.OPEN, FileState.CLOSED),
        (FileState.CLOSED, FileState.OPEN),
        (FileState.CLOSED, FileState.DUE_FOR_DISPOSAL),
        (FileState.DUE_FOR_DISPOSAL, FileState.OPEN),
        (FileState.DUE_FOR_DISPOSAL, FileState.OFFERED),
        (FileState.DUE_FOR_DISPOSAL, FileState.DELETION_APPROVED),
        (FileState.OFFERED, FileState.APPRAISED),
        (FileState.APPRAISED, FileState.TRANSFERRED),
        (FileState.APPRAISED, FileState.DELETION_APPROVED),
        (FileState.TRANSFERRED, FileState.DELETED),
        (FileState.DELETION_APPROVED, FileState.DELETED),
    }
)
CASE_TRANSITIONS = frozenset(
    {(FileState.OPEN, FileState.CLOSED), (FileState.CLOSED, FileState.OPEN)}
)
REOPENABLE = frozenset({FileState.CLOSED, FileState.DUE_FOR_DISPOSAL})
