"""Logging: readable lines for people, JSON lines for programs; the object at hand is bound to each.

No content of documents, no passwords, tokens or links are ever logged.
"""

from __future__ import annotations

import logging
import sys

import structlog


def set_up(level: str, *, json_lines: bool) -> None:
    """Send our log and that of the libraries to standard error, in one form."""
    shared: list[structlog.types.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    renderer: structlog.types.Processor = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if json_lines
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for noisy in ("alembic", "uvicorn", "watchdog", "fontTools", "pikepdf", "PIL"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


class OnceAWhile(logging.Filter):
    """Lets a repeated message of a library through once a minute; a full disk makes ten a second."""

    EVERY = 60.0

    def __init__(self) -> None:
        super().__init__()
        self._said: dict[str, float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        said = f"{record.pathname}:{record.lineno}"
        if record.created - self._said.get(said, 0.0) < self.EVERY:
            return False
        self._said[said] = record.created
        return True


def logger(name: str) -> structlog.stdlib.BoundLogger:
    """The logger of a room."""
    found: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger(name)
    return found
