"""The bytes of one stored file read from its disk and hashed, with few calls: an archive has millions."""

from __future__ import annotations

import hashlib
import os
import stat

_BLOCK = 1 << 20
_FLAGS = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK  # whatever lies there, opening it does not wait


def hash_of_file(place: str) -> str | None:
    """Hexadecimal SHA-256; None where there is no such regular file. Raises OSError."""
    try:
        descriptor = os.open(place, _FLAGS)
    except FileNotFoundError:
        return None
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            return None
        # Else what the system still has in memory would be read, not what is on the disk.
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
        block = memoryview(bytearray(min(max(status.st_size, 1), _BLOCK)))
        digest = hashlib.sha256()
        while count := os.readv(descriptor, [block]):
            digest.update(block[:count])
        return digest.hexdigest()
    finally:
        os.close(descriptor)
