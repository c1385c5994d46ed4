"""Functions of tests, and of the rooms, that children run for a test."""

from __future__ import annotations

from typing import Any

from config.jobs import Job


def job(function: str, *args: object) -> Job[Any]:
    """A call of ``package.module:name`` of which nothing is known."""
    return Job(function, args)
