"""File descriptors: as many as the system gives, and some of them for the intake alone.

Every connection, file and pipe takes one of a limited number (``RLIMIT_NOFILE``). Where the faces
used them up, no scan could be read, no child started and no commit written.
"""

from __future__ import annotations

import resource

RESERVE = 384  #: for intake, database, children, index and log
AT_ONCE = (
    64  #: connections accepted before the gate sees the first of them (asyncio); of the reserve
)
A_CONNECTION = 2  #: descriptors that one may take: itself, and a file that it sends or takes away
MOST = 65_536  #: more are of no use, and some libraries go through all of them


def raise_limit() -> int:
    """Raise the process's limit as far as its hard limit lets it; gives back the limit."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    possible = MOST if hard == resource.RLIM_INFINITY else min(hard, MOST)
    if soft != resource.RLIM_INFINITY and soft < possible:
        resource.setrlimit(resource.RLIMIT_NOFILE, (possible, hard))
        return possible
    return MOST if soft == resource.RLIM_INFINITY else soft


def connections_within(limit: int, wanted: int) -> int:
    """How many of the ``wanted`` connections leave the intake its reserve. At least one."""
    reserve = min(RESERVE, limit // 2)
    return max(1, min(wanted, (limit - reserve) // A_CONNECTION))
