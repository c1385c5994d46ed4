"""Stand-ins for the validation, run in a real child: they hang, die and answer nonsense."""

from __future__ import annotations

import os
import time


def hang(*_: object) -> None:
    time.sleep(600)


def die(*_: object) -> None:
    os._exit(9)


def eat(*_: object) -> int:
    return len(bytearray(8 << 30))


def fail(*_: object) -> None:
    raise RuntimeError("something unforeseen")


def chatter(*_: object) -> str:
    return "no report"
