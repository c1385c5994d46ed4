"""The loop of one resident child: ``python -m config.child MEMORY PARENT [MODULE ...]``.

It keeps the two pipes for itself (whatever a library prints goes to standard error) and asks the
kernel to be killed when its parent is gone.
"""

from __future__ import annotations

import ctypes
import os
import pickle
import resource
import signal
import sys
from importlib import import_module

from config.isolation import LENGTH, call

PR_SET_PDEATHSIG = 1


def _die_with(parent: int) -> None:
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(0)


def main() -> None:
    memory, parent, *preload = sys.argv[1:]
    _die_with(int(parent))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides when we end
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    orders = os.fdopen(os.dup(0), "rb")
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(2, 1)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    for module in preload:
        import_module(module)
    resource.setrlimit(resource.RLIMIT_DATA, (int(memory), int(memory)))
    while length := orders.read(LENGTH):
        function, args = pickle.loads(orders.read(int.from_bytes(length, "big")))
        answer = pickle.dumps(call(function, args))
        answers.write(len(answer).to_bytes(LENGTH, "big") + answer)
        answers.flush()


if __name__ == "__main__":
    main()
