"""Runs the command line so that its process group dies at a named place.

``python -m tests.acceptance.dying MODULE:QUALNAME:WHEN:COUNT serve ...`` kills the group with
SIGKILL right ``before`` or ``after`` the COUNT-th call of that function. The product knows nothing
of it.
"""

from __future__ import annotations

import functools
import importlib
import itertools
import os
import signal
import sys
from typing import Any


def arm(place: str) -> None:
    module, qualname, when, count = place.split(":")
    owner: Any = importlib.import_module(module)
    *parents, name = qualname.split(".")
    for parent in parents:
        owner = getattr(owner, parent)
    original = getattr(owner, name)
    calls = itertools.count(1)

    @functools.wraps(original)
    def deadly(*args: Any, **kwargs: Any) -> Any:
        is_the_one = next(calls) == int(count)
        if is_the_one and when == "before":
            die()
        result = original(*args, **kwargs)
        if is_the_one and when == "after":
            die()
        return result

    setattr(owner, name, deadly)


def die() -> None:
    os.killpg(os.getpgid(0), signal.SIGKILL)


if __name__ == "__main__":
    place = sys.argv.pop(1)
    from api.cli import main

    arm(place)
    main()
