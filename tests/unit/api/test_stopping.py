"""A stop is heard, whichever thread the signal reaches."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

WAITS = """
import signal, sys, threading, time
from api.http.shutdown import Stop
stop = Stop()
{before}
stop.wait()
"""
ELSEWHERE = (
    "threading.Thread(target=lambda: (time.sleep(0.5),"
    " signal.pthread_kill(threading.get_ident(), signal.{name})), daemon=True).start()"
)


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
@pytest.mark.parametrize(
    "before",
    [ELSEWHERE, "signal.raise_signal(signal.{name})", "stop.tell()"],
    ids=["another thread", "before it waits", "a part that ended"],
)
def test_it_ends(name: str, before: str) -> None:
    program = WAITS.format(before=before.format(name=name))
    root = Path(__file__).parents[3]
    done = subprocess.run([sys.executable, "-c", program], cwd=root, timeout=60, check=False)
    assert done.returncode == 0


def test_many_signals_do_no_harm() -> None:
    program = WAITS.format(before="print('ready', flush=True)") + "time.sleep(1)"
    root = Path(__file__).parents[3]
    with subprocess.Popen(
        [sys.executable, "-c", program], cwd=root, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None and process.stdout.readline() == b"ready\n"
        for number in (signal.SIGINT, signal.SIGTERM) * 50:
            process.send_signal(number)
        assert process.wait(timeout=60) == 0
