"""Making many files durable at once: the whole file system flushed by one call (syncfs(2))."""

from __future__ import annotations

import ctypes
import os

from config.logs import logger
from config.system_errors import why

#: File systems whose syncfs(2) returns when all is on the medium, by the first word of statfs(2).
#: FUSE, SMB and some others return before that.
_SURE = frozenset((0xEF53, 0x58465342, 0x9123683E, 0x01021994))  # ext2/3/4, XFS, Btrfs, tmpfs
_STATFS_BYTES = 512  #: more than ``struct statfs`` has on any machine
_LIBC = ctypes.CDLL(None, use_errno=True)


def flushed_whole(descriptor: int) -> bool:
    """Flush all files and names of the file system that ``descriptor`` (opened before they were
    written, so that the kernel tells of what went wrong since) lies on.

    False: it cannot be done so here, or has failed; each file has to be flushed by itself.
    """
    if not _is_sure(descriptor):
        return False
    if _LIBC.syncfs(descriptor) == 0:
        return True
    number = ctypes.get_errno()
    error = OSError(number, os.strerror(number))
    logger("disk").warning("not flushed at once; flushing each file", why=why(error))
    return False


def _is_sure(descriptor: int) -> bool:
    found = ctypes.create_string_buffer(_STATFS_BYTES)
    if not hasattr(_LIBC, "syncfs") or _LIBC.fstatfs(descriptor, found) != 0:
        return False
    return ctypes.c_long.from_buffer(found).value & 0xFFFF_FFFF in _SURE
