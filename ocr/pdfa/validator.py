"""veraPDF as a resident judge behind a pipe: is this file what it claims to be?

A check that could not be made is never a pass: every failure here is ``not-validated`` with the
reason. The limit of computing time is the parent's, since the library cannot be stopped from inside;
a file that waits for its turn, or beside other busy processes, uses none of it.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from config.allowance import Allowance, SpentTooMuch, StandsStill

CHECKER = Path(__file__).with_name("Checker.java")
VALIDATOR = "veraPDF 1.30.2"
START_SECONDS = 120.0  #: of computing time, as all seconds here
MEMORY = "1g"
#: Of Java's two compilers the quick one: what the other makes better is never won back.
COMPILER = "-XX:TieredStopAtLevel=1"
BYTES_A_SECOND = 3_000_000  #: added to the limit: a large file may take longer


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """``status``: compliant, non-compliant, or not-validated (``error`` says why)."""

    status: str
    flavour: str | None = None  #: that was judged; None: the file claims none
    failed: tuple[Mapping[str, Any], ...] = ()  #: clause, test, count, message, context
    error: str | None = None
    able: bool = True  #: False: no validator is here, so another file would fare no better
    ended: bool = False  #: the validator died over it or was stopped
    validator: str = VALIDATOR
    detail: Mapping[str, Any] = field(default_factory=dict)

    @property
    def compliant(self) -> bool:
        return self.status == "compliant"


class Validator:
    """One Java process, started when first needed, restarted after a death; safe for threads.

    Args:
        jars: the folder that ``scripts/fetch-verapdf`` fills.
        java: the program; None: looked for in the path.
        seconds: of computing time for one small file; a large one has more.
    """

    def __init__(
        self, jars: Path, *, java: Path | None = None, seconds: float = 60.0, memory: str = MEMORY
    ) -> None:
        self._jars = jars
        found = shutil.which("java")
        self._java = java or (Path(found) if found else None)
        self._seconds = seconds
        self._memory = memory
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._rest = b""

    def missing(self) -> str | None:
        """What keeps it from working, as a sentence that is kept with documents: no path of this
        machine. None when it can start."""
        if self._java is None:
            return "Java fehlt (Abhilfe: apt install default-jre-headless)"
        if not any(self._jars.glob("validation-model-*.jar")):
            return "veraPDF fehlt (wo und was hilft: registratur doctor)"
        return None

    def validate(self, path: Path, flavour: str | None = None) -> Verdict:
        """Judge a file against a flavour (``3b``), or against its own claim."""
        missing = self.missing()
        if missing:
            return Verdict(status="not-validated", flavour=flavour, error=missing, able=False)
        ask = json.dumps({"path": str(path.absolute()), "flavour": flavour}).encode() + b"\n"
        with self._lock:
            try:
                seconds = self._seconds + path.stat().st_size / BYTES_A_SECOND
                answer = self._ask(ask, seconds)
            except (OSError, SpentTooMuch, StandsStill, ValueError) as error:
                self._kill()
                return Verdict(
                    status="not-validated", flavour=flavour, error=_why(error), ended=True
                )
        return _verdict(answer, flavour)

    def _ask(self, line: bytes, seconds: float) -> dict[str, Any]:
        process = self._process
        if process is None or process.poll() is not None:
            process = self._start()
        assert process.stdin is not None
        process.stdin.write(line)
        process.stdin.flush()
        return self._answer(process, seconds)

    def _start(self) -> subprocess.Popen[bytes]:
        self._kill()
        assert self._java is not None
        program = [str(CHECKER)]
        classpath = f"{self._jars.absolute()}/*"
        compiled = self._jars / "classes" / "Checker.class"
        if compiled.is_file() and compiled.stat().st_mtime > CHECKER.stat().st_mtime:
            classpath, program = f"{compiled.parent.absolute()}:{classpath}", ["Checker"]
        self._process = subprocess.Popen(
            [
                *(str(self._java), f"-Xmx{self._memory}", "-XX:+UseSerialGC", COMPILER),
                *("-XX:+ExitOnOutOfMemoryError", "-XX:+DisplayVMOutputToStderr"),
                *("-Djava.awt.headless=true", "-cp", classpath, *program),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        self._rest = b""
        ready = self._answer(self._process, START_SECONDS)
        if ready.get("status") != "ready":
            raise ValueError(f"das Prüfprogramm meldete {ready} statt seiner Bereitschaft")
        return self._process

    def _answer(self, process: subprocess.Popen[bytes], seconds: float) -> dict[str, Any]:
        assert process.stdout is not None
        descriptor = process.stdout.fileno()
        allowance = Allowance(process.pid, seconds)
        while b"\n" not in self._rest:
            allowance.wait_for(descriptor)
            part = os.read(descriptor, 1 << 16)
            if not part:
                raise ChildProcessError(f"das Prüfprogramm endete (exit {process.wait()})")
            self._rest += part
        line, _, self._rest = self._rest.partition(b"\n")
        answer = json.loads(line)
        return dict(answer)

    def _kill(self) -> None:
        process, self._process = self._process, None
        self._rest = b""
        if process is None:
            return
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()

    def close(self) -> None:
        """End the Java process."""
        with self._lock:
            self._kill()


def _why(error: Exception) -> str:
    """The cause as a phrase for staff."""
    if isinstance(error, SpentTooMuch):
        return "die Prüfung brauchte mehr Rechenzeit als erlaubt und wurde beendet"
    if isinstance(error, StandsStill):
        return "das Prüfprogramm antwortete nicht mehr und wurde beendet"
    if isinstance(error, ChildProcessError):
        return str(error)
    return f"das Prüfprogramm war nicht zu befragen ({error})"


def _verdict(answer: Mapping[str, Any], wanted: str | None) -> Verdict:
    status = answer.get("status")
    flavour = answer.get("flavour") or wanted
    if status in ("compliant", "non-compliant"):
        return Verdict(status=status, flavour=flavour, failed=tuple(answer.get("failed", ())))
    if status == "no-claim":
        return Verdict(status="non-compliant", error="die Datei erhebt keinen PDF/A-Anspruch")
    reason = f"{status}: {answer.get('error', '')}".rstrip(": ")
    return Verdict(status="not-validated", flavour=flavour, error=reason)
