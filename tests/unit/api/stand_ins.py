"""What stands in for the clock, the queue and the isolated children in the small house."""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import TypeVar

import pypdfium2
from sqlalchemy.orm import Session

from config.errors import NotFound
from config.jobs import Job
from ingest.queue.fair_queueing import Sender
from ingest.queue.work_queue import SenderOf

R = TypeVar("R")
START = datetime(2026, 3, 2, 7, 30, tzinfo=UTC)


class Clock:
    """Time that goes on by itself a little, and that a test may move."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        self.now += timedelta(milliseconds=1)
        return self.now

    def move(self, **by: float) -> None:
        self.now += timedelta(**by)


class NotedQueue:
    """What was enqueued; nothing walks."""

    def __init__(self) -> None:
        self.work: list[tuple[str, str, int]] = []
        self.senders: list[Sender | SenderOf] = []

    def enqueue(
        self,
        session: Session,
        workflow: str,
        *object_ids: str,
        attempt: int,
        priority: int,
        sender: Sender | SenderOf,
    ) -> None:
        self.work += [(workflow, object_id, attempt) for object_id in object_ids]
        self.senders += [sender] * len(object_ids)

    def states(self, ids: list[str]) -> dict[str, str]:
        return {}

    def prune(self, before: datetime, *, needed: frozenset[str], limit: int) -> int:
        return 0


class Pictures:
    """Pages through pdfium, in this process: the files are our own."""

    def png(self, path: Path, page: int, *, width: int, subject: str) -> bytes:
        with pypdfium2.PdfDocument(path) as document:
            if not 1 <= page <= len(document):
                raise NotFound(f"{subject} hat keine Seite {page}.")
            sheet = document[page - 1]
            out = io.BytesIO()
            sheet.render(scale=width / sheet.get_width()).to_pil().save(out, "PNG")
            return out.getvalue()


class SameProcess:
    """A workshop without children: what runs in it here was made by ourselves."""

    def run(self, job: Job[R], /, *, seconds: float, subject: str, priority: int = 1) -> R:
        module, _, name = job.function.partition(":")
        answer: R = getattr(import_module(module), name)(*job.args)
        return answer


@dataclass(frozen=True)
class Judged:
    status: str = "not-validated"


class NoJudge:
    """PDF/A that nobody judges: the validator is another program."""

    def judge(self, path: Path, flavour: str) -> Judged:
        return Judged()
