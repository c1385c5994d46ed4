"""Logging: readable lines for people, JSON lines for programs; the object at hand is bound to each.

No content of documents, no passwords, tokens or links are ever logged.
"""

from __future__ import annotations

import logging
import sys
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    import structlog


def set_up(level: str, *, json_lines: bool) -> None:
    """Send our log and that of the libraries to standard error, in one form.

    What writes it is imported with the first line: most commands log none.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Form(json_lines=json_lines))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for noisy in ("alembic", "uvicorn", "watchdog", "fontTools", "pikepdf", "PIL"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


class _Form(logging.Formatter):
    """structlog's form, made when the first line comes."""

    def __init__(self, *, json_lines: bool) -> None:
        super().__init__()
        self._json_lines = json_lines
        self._form: logging.Formatter | None = None

    def format(self, record: logging.LogRecord) -> str:
        if self._form is None:
            self._form = _structured(json_lines=self._json_lines)
        return self._form.format(record)


def _shared() -> list[structlog.types.Processor]:
    import structlog

    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]


def _structured(*, json_lines: bool) -> logging.Formatter:
    import structlog

    renderer: structlog.types.Processor = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if json_lines
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=_shared(),
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
    )


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


class _Logger:
    """A room's logger; structlog comes with its first use."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, attribute: str) -> Any:
        import structlog

        ours = any(isinstance(each.formatter, _Form) for each in logging.getLogger().handlers)
        if ours and not structlog.is_configured():
            structlog.configure(
                processors=[*_shared(), structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
                logger_factory=structlog.stdlib.LoggerFactory(),
                wrapper_class=structlog.stdlib.BoundLogger,
                cache_logger_on_first_use=False,
            )
        return getattr(structlog.stdlib.get_logger(self._name), attribute)


def logger(name: str) -> structlog.stdlib.BoundLogger:
    """The logger of a room."""
    return cast("structlog.stdlib.BoundLogger", _Logger(name))
