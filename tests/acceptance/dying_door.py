"""A hot folder's door in a process that dies: started often and at little cost.

``python -m tests.acceptance.dying_door HOME`` imports the program once and then reads lines of JSON
from standard input: ``{"place": "MODULE:QUALNAME:WHEN:COUNT" or "", "after": SECONDS or null}``. For
each it forks a process that builds the house over HOME and looks at the hot folder of the legacy
files until all is in custody and let go of. ``place`` (see ``dying.py``) or ``after`` kills it with
SIGKILL on its way. Answers with a line: whether it was killed.
"""

from __future__ import annotations

import itertools
import json
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

from api import wiring
from config import logs
from config.settings import Settings, load
from tests.acceptance.dying import arm

SETTLE, KEEP = 1.0, 60.0  #: of the settings as they come; time is told to the door, not waited for
MOST_LOOKS = 60


def serve_door(settings: Settings, place: str) -> None:
    """Look until nothing is left, at moments that lie far enough apart."""
    with wiring.house(settings) as house:
        (door,) = (each for each in house.doors() if each.name == "legacy")
        door.prepare()
        if place:
            arm(place)
        steps = itertools.cycle((SETTLE, SETTLE, KEEP))
        moment = 1000.0
        for _ in range(MOST_LOOKS):
            moment += next(steps)
            door.look(moment)
            if not left(settings.home):
                return
    raise SystemExit(3)


def left(home: Path) -> list[Path]:
    """What is neither in custody for good nor let go of."""
    found = [*(home / "hot" / "legacy").rglob("*"), *(home / "claims" / "legacy").rglob("*")]
    return [path for path in found if path.is_file()]


def one_life(settings: Settings, place: str, after: float | None) -> bool:
    """Fork, let it live, and tell whether it was killed. Raises RuntimeError where it failed."""
    child = os.fork()
    if child == 0:
        os.setsid()  # what dies takes its process group along
        try:
            serve_door(settings, place)
        except BaseException as error:  # noqa: BLE001 - the outermost handler of this process
            print(repr(error), file=sys.stderr)
            os._exit(9)
        os._exit(0)
    if after is not None:
        time.sleep(after)
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return True
    if os.WEXITSTATUS(status) != 0:
        raise RuntimeError(f"the door ended with {os.WEXITSTATUS(status)} at {place}")
    return False


def main() -> None:
    settings = load(Path(sys.argv[1]), environment={})
    logs.set_up("critical", json_lines=False)
    for line in sys.stdin:
        told: dict[str, Any] = json.loads(line)
        killed = one_life(settings, told["place"], told["after"])
        print(json.dumps(killed), flush=True)


if __name__ == "__main__":
    main()
