"""The functions that children run are declared as they are, and asked for by nobody else's words."""

from __future__ import annotations

import ast
import importlib
import inspect
import types
import typing
from collections.abc import Iterator
from pathlib import Path

import pytest

import config.memory
import ocr.children
import ocr.pdfa.binding
import ocr.pdfa.embedding
import ocr.pdfa.writing
import ocr.text.unpaged_files
import signing.children
from config.jobs import ChildFunction

ROOT = Path(__file__).resolve().parents[2]
#: what ``ocr/children.py`` names for the type checker alone
NAMES = {
    "Binding": ocr.pdfa.binding.Binding,
    "Metadata": ocr.pdfa.embedding.Metadata,
    "MailFields": ocr.text.unpaged_files.MailFields,
    "Task": ocr.pdfa.writing.Task,
}


def declared() -> Iterator[tuple[str, ChildFunction[..., object], object]]:
    for module in (ocr.children, signing.children, config.memory):
        hints = typing.get_type_hints(module, localns=NAMES)
        for name, value in vars(module).items():
            if isinstance(value, ChildFunction):
                yield f"{module.__name__}.{name}", value, hints[name]


DECLARED = list(declared())


@pytest.mark.parametrize(
    ("kind", "hint"), [each[1:] for each in DECLARED], ids=[e[0] for e in DECLARED]
)
def test_a_declaration_is_the_functions_own(
    kind: ChildFunction[..., object], hint: typing.Any
) -> None:
    place, _, name = kind.function.partition(":")
    function = getattr(importlib.import_module(place), name)
    types_of = typing.get_type_hints(function)
    wanted, answer = typing.get_args(hint)
    parameters = list(inspect.signature(function).parameters.values())
    given = [types_of[each.name] for each in parameters[: len(wanted)]]
    assert list(wanted) == given
    assert all(each.default is not each.empty for each in parameters[len(wanted) :])
    assert answer == types_of["return"]
    if kind.answers:
        assert kind.answers == classes_of(answer)


def classes_of(answer: typing.Any) -> tuple[type, ...]:
    if isinstance(answer, types.UnionType):
        return tuple(each for part in typing.get_args(answer) for each in classes_of(part))
    return (typing.get_origin(answer) or answer,)


def test_no_room_names_a_function_by_a_text_of_its_own() -> None:
    """Outside of the lists, a place would be a border without types."""
    found = []
    for room in ("api", "archive", "config", "ingest", "ocr", "search", "signing"):
        for path in (ROOT / room).rglob("*.py"):
            tree = ast.parse(path.read_text(encoding="utf-8"))
            made = {
                alias.name
                for node in ast.walk(tree)
                if isinstance(node, ast.ImportFrom) and node.module == "config.jobs"
                for alias in node.names
            }
            for call in ast.walk(tree):
                named = isinstance(call, ast.Call) and isinstance(call.func, ast.Name)
                if named and call.func.id in made:  # type: ignore[attr-defined]
                    found.append(str(path.relative_to(ROOT)))
    assert set(found) == {"config/memory.py", "ocr/children.py", "signing/children.py"}
