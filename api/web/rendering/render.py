"""Templates -> pages. Everything is escaped; markup comes from templates alone."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cached_property
from importlib.resources import files
from pathlib import Path
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import DictLoader, Environment, StrictUndefined

from api.web.rendering import labels
from archive.db.rows import COUNTED
from archive.office_calendar import OFFICE

TEMPLATES = Path(str(files("api") / "web" / "templates"))
STATIC = Path(str(files("api") / "web" / "static"))
VENDOR_STAMP = STATIC / "vendor" / "STAMP"


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What all pages share. One per application."""

    environment: Environment
    county: str
    trial: bool
    plain: bool  #: the fetched web assets are not there; pages say so
    address: str  #: where people reach us, for links that are sent
    stamp: str  #: changes with the assets, so that browsers fetch new ones

    def page(
        self,
        request: Request,
        template: str,
        context: Mapping[str, Any],
        *,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
    ) -> HTMLResponse:
        """The rendered template as an answer."""
        text = self.environment.get_template(template).render(
            {
                "look": self,
                "path": request.url.path,
                "me": None,
                "counts": {},
                "afresh": False,
                **context,
            }
        )
        return HTMLResponse(text, status, headers=dict(headers or {}))


class _Parts:
    """The macros that pages share, compiled when the first page asks for one."""

    def __init__(self, environment: Environment) -> None:
        self._environment = environment

    @cached_property
    def _module(self) -> Any:
        return self._environment.get_template("parts.html").module

    def __getattr__(self, name: str) -> Any:
        return getattr(self._module, name)


def make_look(county: str, address: str, *, trial: bool) -> Look:
    """All templates are read now: an update beside the running service must not reach its pages,
    which would then be half of one version and half of another. Each is compiled when it is first
    needed; all at once would be a third of the start."""
    environment = Environment(
        loader=DictLoader(
            {path.name: path.read_text(encoding="utf-8") for path in TEMPLATES.glob("*.html")}
        ),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.globals["words"] = labels
    environment.filters.update(
        moment=moment,
        clock=clock,
        day=day,
        size=labels.bytes_size,
        pretty=pretty,
        counted=counted,
    )
    environment.globals["parts"] = _Parts(environment)
    return Look(
        environment=environment,
        county=county,
        trial=trial,
        plain=not VENDOR_STAMP.is_file(),
        address=address,
        stamp=_stamp(),
    )


def error_page(
    request: Request,
    status: int,
    title: str,
    detail: str,
    headers: Mapping[str, str],
    *,
    back: str | None,
) -> HTMLResponse:
    """A problem for people; ``back`` is the page of ours that they came from."""
    look: Look = request.app.state.look
    context = {"title": title, "detail": detail, "back": back}
    return look.page(request, "problem.html", context, status=status, headers=headers)


def moment(value: datetime | None) -> str:
    """``12.03.2026, 14:05`` in the office's time."""
    return "–" if value is None else value.astimezone(OFFICE).strftime("%d.%m.%Y, %H:%M")


def clock(value: datetime) -> str:
    return value.astimezone(OFFICE).strftime("%H:%M")


def day(value: date | datetime | None) -> str:
    if isinstance(value, datetime):
        value = value.astimezone(OFFICE).date()
    return "–" if value is None else value.strftime("%d.%m.%Y")


def counted(number: int) -> str:
    """A number that is counted up to a bound (``archive.db.rows.COUNTED``); then there are more."""
    return str(number) if number <= COUNTED else f"mehr als {COUNTED:,}".replace(",", ".")


def pretty(value: object) -> str:
    """JSON for reading; the template escapes it."""
    return json.dumps(value, ensure_ascii=False, indent=2, default=str)


def office_midnight(value: date) -> datetime:
    """The beginning of an office day, in UTC. Raises ValueError where it has none (the first day of
    the calendar)."""
    try:
        return datetime(value.year, value.month, value.day, tzinfo=OFFICE).astimezone(UTC)
    except OverflowError as error:
        raise ValueError(f"{value} begins beyond the calendar") from error


def _stamp() -> str:
    digest = hashlib.sha256()
    for path in sorted(STATIC.glob("*.*")) + [VENDOR_STAMP]:
        if path.is_file():
            digest.update(path.read_bytes())
    return digest.hexdigest()[:12]
