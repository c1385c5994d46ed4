"""Folders and files that others may see, and those that they may not.

Commands write for their account alone (``PRIVATE_MASK``, set in api/cli.py): what they export,
save or log holds letters of citizens.
"""

from __future__ import annotations

from pathlib import Path

PRIVATE_MASK = 0o077
SHARED = 0o755
PRIVATE_FOLDER, PRIVATE_FILE = 0o700, 0o600


def make_shared(folder: Path) -> None:
    """Make a folder, and those above it, that other accounts may enter and list (a hot folder).

    One that is there already keeps the rights that it was given.
    """
    missing = []
    while not folder.exists():
        missing.append(folder)
        folder = folder.parent
    for each in reversed(missing):
        each.mkdir(exist_ok=True)
        each.chmod(SHARED)
