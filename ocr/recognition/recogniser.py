"""Recognition of a whole document, page by page in isolated children.

The parent never opens the file: it asks for the number of pages, then for each page. A page whose
child dies is tried once more alone; dies it again, it becomes a finding of that page.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextvars import copy_context
from pathlib import Path

from config.errors import ChildDeath, LimitReached, StoodStill
from config.isolation import Workshop
from ocr.children import ENGINE_AND_PAGES, READ_PAGE
from ocr.recognition.result import PageText, Recognition
from ocr.scan_profile import ScanProfile

__all__ = ["Recogniser", "ScanProfile"]

OPEN_SECONDS = 60.0
PAGE_SECONDS = 180.0  #: of computing time


class Recogniser:
    """Recognises documents in the children of a workshop; safe for several threads."""

    def __init__(self, workshop: Workshop, *, page_seconds: float = PAGE_SECONDS) -> None:
        self._workshop = workshop
        self._page_seconds = page_seconds

    def recognise(
        self,
        path: Path,
        profile: ScanProfile,
        *,
        subject: str,
        pages: tuple[int, int] | None = None,
        priority: int = 1,
        on_page: Callable[[int, int], None] | None = None,
        threads: int = 2,
    ) -> Recognition:
        """Read a document, or its pages ``first..last`` (1-based, both included).

        Pages of the result are numbered from 1 within the range. ``on_page`` is called with
        (pages done, pages in all), from this thread.

        Raises:
            InputError: nothing of the file can be shown.
            LimitReached, ChildDeath: every page took too much, or killed its child.
        """
        engine, version, count = self._workshop.run(
            ENGINE_AND_PAGES(path),
            seconds=OPEN_SECONDS,
            subject=subject,
            priority=priority,
        )
        first, last = pages or (1, count)
        last = min(last, count)
        read = self._read(path, profile, range(first, last + 1), subject, priority, threads)
        done: dict[int, PageText] = {}
        deaths: list[ChildDeath] = []
        for number, page, death in read:
            done[number] = page
            if death is not None:
                deaths.append(death)
            if on_page is not None:
                on_page(len(done), last - first + 1)
        if deaths and len(deaths) == len(done):
            raise deaths[-1]
        return Recognition(
            pages=tuple(done[number] for number in sorted(done)),
            engine=engine,
            engine_version=version,
            languages=profile.languages,
        )

    def _read(
        self,
        path: Path,
        profile: ScanProfile,
        numbers: range,
        subject: str,
        priority: int,
        threads: int,
    ) -> Iterator[tuple[int, PageText, ChildDeath | None]]:
        """Pages as they get done; never more in flight than threads, so memory stays bounded."""
        offset = numbers.start - 1

        def read(number: int) -> tuple[int, PageText, ChildDeath | None]:
            where = f"{subject}, Seite {number - offset}"
            try:
                return number, self._page(path, number, offset, profile, where, priority), None
            except (LimitReached, StoodStill) as death:  # a second try would take as much
                return number, _failed(number - offset, death), death
            except ChildDeath:
                pass
            try:  # once more, alone: the death may have been another's fault
                return number, self._page(path, number, offset, profile, where, priority), None
            except ChildDeath as death:
                return number, _failed(number - offset, death), death

        todo = iter(numbers)
        with ThreadPoolExecutor(max(1, threads), thread_name_prefix="recognise") as pool:
            running: set[Future[tuple[int, PageText, ChildDeath | None]]] = set()
            for number in todo:
                # With what goes with this thread, such as the account that is charged.
                running.add(pool.submit(copy_context().run, read, number))
                if len(running) < threads:
                    continue
                ended, running = wait(running, return_when=FIRST_COMPLETED)
                yield from (future.result() for future in ended)
            yield from (future.result() for future in running)

    def _page(
        self,
        path: Path,
        number: int,
        offset: int,
        profile: ScanProfile,
        subject: str,
        priority: int,
    ) -> PageText:
        return self._workshop.run(
            READ_PAGE(path, number, offset, profile),
            seconds=self._page_seconds,
            subject=subject,
            priority=priority,
        )


def opened(path: Path) -> tuple[str, str, int]:
    """Engine, its version and the number of pages; runs in a child."""
    from ocr.engines import engine
    from ocr.page_sources.source import page_count

    return "tesseract", engine.resident().version(), page_count(path)


def _failed(number: int, death: ChildDeath) -> PageText:
    from ocr.recognition.page_reading import unreadable

    return unreadable(
        number,
        "ocr.page_failed",
        f"Die Texterkennung von Seite {number} ist abgebrochen ({death}).",
    )
