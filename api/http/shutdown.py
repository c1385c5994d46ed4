"""What ends the service: Ctrl-C, SIGTERM, or a part that has ended by itself."""

from __future__ import annotations

import os
import signal


class Stop:
    """Waits in the main thread, which alone may make one.

    Signals are heard through a pipe: Python runs their handlers in the main thread, and one that the
    kernel gives to another thread would not wake it; a lock taken in a handler might be held already.
    """

    def __init__(self) -> None:
        self._heard, self._told = os.pipe()
        os.set_blocking(self._told, False)
        signal.set_wakeup_fd(self._told, warn_on_full_buffer=False)
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: None)

    def tell(self) -> None:
        """From any thread: it is over."""
        os.write(self._told, b"\0")

    def wait(self) -> None:
        os.read(self._heard, 1)
