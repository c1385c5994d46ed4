"""Errors cross process borders and lie in the durable engine's tables: each survives pickling."""

from __future__ import annotations

import inspect
import pickle
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

from config.errors import HoldReason, ServiceError

ROOT = Path(__file__).parents[2]
ROOMS = ("api", "archive", "config", "ingest", "ocr", "search", "signing")


def _tree() -> Iterator[type[ServiceError]]:
    for room in ROOMS:
        for file in sorted((ROOT / room).rglob("*.py")):
            if "(ServiceError)" in (text := file.read_text()) or "errors" in text:
                import_module(".".join(file.relative_to(ROOT).with_suffix("").parts))
    found = [ServiceError]
    for kind in found:
        found += [each for each in kind.__subclasses__() if each not in found]
    yield from found


def test_every_error_unpickles_as_it_was() -> None:
    kinds = list(_tree())
    assert len(kinds) > len(ROOMS)
    assert [kind.__qualname__ for kind in kinds if not _survives(kind)] == []


def _survives(kind: type[ServiceError]) -> bool:
    parameters = [] if kind.__init__ is Exception.__init__ else list(_parameters(kind))
    error = kind(*(_value(each) for each in parameters or [""]))
    try:
        again = pickle.loads(pickle.dumps(error))
    except TypeError:
        return False
    told = (type(error), str(error), error.args, vars(error))
    return bool((type(again), str(again), again.args, vars(again)) == told)


def _parameters(kind: type[ServiceError]) -> Iterator[str]:
    for parameter in list(inspect.signature(kind.__init__).parameters.values())[1:]:
        if parameter.kind is parameter.POSITIONAL_OR_KEYWORD:
            yield str(parameter.annotation)


def _value(annotation: str) -> object:
    if annotation == "HoldReason":
        return HoldReason.INTERNAL
    return 7 if annotation in ("int", "float") else "text"
