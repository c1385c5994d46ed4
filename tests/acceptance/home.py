"""A home with a real service process, to be killed and started again; and what must hold after."""

from __future__ import annotations

import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw

from archive.db.database import Database
from archive.intake import object_references
from archive.search import outbox
from archive.store.objects_folder import FolderStore
from ocr.synthetic_letters import _font
from tests.accounts import for_good_without

PROGRAM = [sys.executable, "-m", "api.cli"]
PATIENCE = 240.0


@dataclass(slots=True)
class Home:
    """One sample home below a test's folder."""

    path: Path
    dropped: dict[str, str] = field(default_factory=dict)  #: name -> SHA-256
    extra: dict[str, str] = field(default_factory=dict)  #: environment of all commands
    process: subprocess.Popen[bytes] | None = None
    is_root: bool = True  #: the service may ask for leases on files of other accounts
    log_began: int = 0  #: where the present process's part of the log begins

    @classmethod
    def make(cls, path: Path, **extra: str) -> Home:
        home = cls(path, extra=extra)
        home.run("init", "--sample")
        settings = path / "registratur.toml"
        settings.write_text(
            settings.read_text(encoding="utf-8")
            + "\n[intake]\nsettle_seconds = 0.2\nrescan_seconds = 0.5\nforeign_seconds = 8.0\n"
            + "unfinished_seconds = 1.0\nkeep_seconds = 0.5\n",
            encoding="utf-8",
        )
        return home

    # ------------------------------------------------------------------ the program

    def run(self, *words: str, good: tuple[int, ...] = (0,)) -> str:
        """One command; its standard output."""
        done = subprocess.run(
            [*PROGRAM, *words],
            env=self.environment(),
            capture_output=True,
            timeout=2200,
            check=False,
        )
        assert done.returncode in good, (words, done.returncode, done.stderr.decode()[-2000:])
        return done.stdout.decode()

    def json(self, *words: str, good: tuple[int, ...] = (0,)) -> Any:
        return json.loads(self.run(*words, "--json", good=good))

    def environment(self) -> dict[str, str]:
        kept = {name: text for name, text in os.environ.items() if "REGISTRATUR" not in name}
        return {**kept, "REGISTRATUR_HOME": str(self.path), "OMP_THREAD_LIMIT": "1", **self.extra}

    def start(self, *, deadly: str = "", port: int = 0) -> None:
        """Start the service in a process group of its own; ``deadly``: see ``dying.py``."""
        command = [sys.executable, "-m", "tests.acceptance.dying", deadly] if deadly else PROGRAM
        with (self.path / "service.log").open("ab") as log:
            self.log_began = log.tell()
            self.process = subprocess.Popen(
                [*command, "serve", "--port", str(port)],
                env=self.environment(),
                stdout=log,
                stderr=log,
                start_new_session=True,
                cwd=Path(__file__).parents[2],
                preexec_fn=None if self.is_root else for_good_without,  # noqa: PLW1509
            )

    def kill(self) -> None:
        """SIGKILL to the whole process group."""
        assert self.process is not None
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def stop(self) -> float:
        """Ctrl-C; gives back the seconds it took."""
        assert self.process is not None
        self.wait_until_ready()
        begin = time.monotonic()
        self.process.send_signal(signal.SIGINT)
        assert self.process.wait(timeout=30) == 0, self.log()
        return time.monotonic() - begin

    def wait_until_ready(self) -> None:
        """Until the service says its address: what was tidied at the start is tidied by then."""
        limit = time.monotonic() + PATIENCE
        while time.monotonic() < limit:
            with (self.path / "service.log").open("rb") as log:
                log.seek(self.log_began)
                if "Registratur läuft".encode() in log.read():
                    return
            time.sleep(0.1)
        raise AssertionError(f"the service does not start\n{self.log()}")

    def died(self, patience: float = PATIENCE) -> bool:
        """Whether the process was killed, as it was armed to be, within ``patience``."""
        assert self.process is not None
        try:
            self.process.wait(patience)
        except subprocess.TimeoutExpired:
            self.kill()
            return False
        return self.process.returncode == -signal.SIGKILL

    def log(self) -> str:
        return (self.path / "service.log").read_text(encoding="utf-8", errors="replace")[-6000:]

    # ------------------------------------------------------------------ files

    def drop(
        self,
        name: str,
        content: bytes,
        *,
        stream: str = "mailroom",
        folder: Path | None = None,
    ) -> None:
        """As a scanner does it: under another name, then moved."""
        self.dropped[name] = hashlib.sha256(content).hexdigest()
        folder = folder or self.path / "hot" / stream
        part = folder / f".{len(self.dropped)}.part"
        part.write_bytes(content)
        part.rename(folder / name)

    def statuses(self) -> dict[str, list[dict[str, Any]]]:
        """The items by the SHA-256 of what arrived."""
        found: dict[str, list[dict[str, Any]]] = {}
        for item in self.json("status")["items"]:
            found.setdefault(item["sha256"], []).append(item)
        return found

    def wait_until_done(self, patience: float = PATIENCE) -> None:
        """Until every dropped file has an outcome and is let go of, and the outbox is empty."""
        limit = time.monotonic() + patience
        while time.monotonic() < limit:
            found = self.statuses()
            items = [item for sha in self.dropped.values() for item in found.get(sha, [])]
            done = len(items) >= len(self.dropped) and all(item["outcome"] for item in items)
            if done and self._outbox_is_empty() and not self.claims():
                return
            time.sleep(0.3)
        raise AssertionError(f"not done in time: {self.statuses()}\n{self.log()}")

    def claims(self) -> list[Path]:
        """What was taken out of the hot folders and is still kept."""
        return [path for path in (self.path / "claims").rglob("*") if path.is_file()]

    def database(self) -> Database:
        url = self.extra.get("REGISTRATUR_DATABASE__URL")
        return Database(url or f"sqlite:///{self.path / 'registratur.db'}")

    def _outbox_is_empty(self) -> bool:
        database = self.database()
        with database.read() as session:
            empty = outbox.lag(session) == 0
        database.close()
        return empty

    # ------------------------------------------------------------------ what must hold

    def check_whole(self, outcome: str = "archived") -> None:
        """Every file in one end state, nothing doubled, nothing left behind, all verifiable."""
        found = self.statuses()
        for name, sha in self.dropped.items():
            items = found.get(sha, [])
            assert len(items) == 1, (name, items)
            assert items[0]["outcome"] == outcome, (name, items, self.log())
            assert len(items[0]["documents"]) == 1, (name, items)
        assert sum(map(len, found.values())) == len(self.dropped)
        for stream in ("mailroom", "legacy"):
            folder = self.path / "hot" / stream
            left = [path for path in folder.rglob("*") if path.name != ".registratur"]
            assert not left, left
        self._check_objects()
        judged = self.json("verify", "--all", "--seals")
        assert sum(one["original"] != "none" for one in judged) == len(self.dropped)
        assert all(one["ok"] for one in judged), judged
        self._check_index()

    def _check_objects(self) -> None:
        database = self.database()
        with database.read() as session:
            wanted = object_references.referenced(session)
        database.close()
        kept = set(FolderStore(self.path / "objects").addresses())
        assert kept == wanted, {"orphans": kept - wanted, "missing": wanted - kept}
        assert set(self.dropped.values()) <= kept
        assert not list((self.path / "work").iterdir())

    def _check_index(self) -> None:
        from search.engines.tantivy.index_tantivy import TantivyIndex
        from search.german.analysis import load_analyser

        documents = {item["documents"][0] for items in self.statuses().values() for item in items}
        index = TantivyIndex(self.path / "index", load_analyser())
        assert {document for document, _ in index.digest()} == documents
        index.close()


def small_scan(number: int) -> bytes:
    """A JPEG that is read in a moment; every number gives other bytes."""
    import io

    image = Image.new("RGB", (900, 320), "white")
    draw = ImageDraw.Draw(image)
    draw.text((40, 60), f"Bescheid Nummer {number}", font=_font(48), fill="black")
    draw.text((40, 160), "Bauordnung und Vermessung", font=_font(40), fill="black")
    draw.point([(random.Random(number).randrange(900), y) for y in range(0, 300, 40)], fill="gray")
    data = io.BytesIO()
    image.save(data, "JPEG", quality=85, dpi=(150, 150), comment=str(number))
    return data.getvalue()
