"""Every kind of event that the program writes has its sentence and its word."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from api.web.rendering import labels
from api.web.rendering.event_sentences import SENTENCES
from config.errors import HoldReason

ROOT = Path(__file__).resolve().parents[2]
WRITERS = ("append", "record", "told", "_told", "write", "move", "Change")
ROOMS = ("archive", "ingest", "api")
# Made of a value: what the code says and all that it can become.
MADE = {"QA_": {"QA_PASSED", "QA_FAILED"}}


def kinds_of(tree: ast.Module) -> Iterator[str]:
    constants = {
        target.id: node.value.value
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
        for target in node.targets
        if isinstance(target, ast.Name) and isinstance(node.value.value, str)
    }
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        given = [word.value for word in call.keywords if word.arg == "action"]
        name = getattr(call.func, "attr", getattr(call.func, "id", ""))
        if name in WRITERS:
            given += call.args
        for value in given:
            yield from _texts(value, constants)


def _texts(value: ast.expr, constants: dict[str, str]) -> Iterator[str]:
    if isinstance(value, ast.Constant) and isinstance(value.value, str):
        yield value.value
    elif isinstance(value, ast.Name) and value.id in constants:
        yield constants[value.id]
    elif isinstance(value, ast.IfExp):
        yield from _texts(value.body, constants)
        yield from _texts(value.orelse, constants)
    elif isinstance(value, ast.JoinedStr) and isinstance(value.values[0], ast.Constant):
        yield from MADE.get(str(value.values[0].value), set())


def written() -> set[str]:
    found = {"MALWARE_FOUND", "CLARIFICATION_OPENED", "QUARANTINED"}  # chosen by the reason held
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*.py")):
            tree = ast.parse(path.read_text(encoding="utf-8"))
            found |= {kind for kind in kinds_of(tree) if kind.isupper() and len(kind) > 3}
    return found


def test_the_search_finds_kinds_of_every_room() -> None:
    assert {"ROLE_GRANTED", "NORMALISED", "PDFA_INVALID", "INDEX_RETRIED", "QA_PASSED",
            "SUPERSEDED_PURGED", "BREAK_GLASS_SEEN", "FILE_OPENED", "QA_RELEASED"} <= written()  # fmt: skip


def test_every_kind_of_event_has_a_sentence_and_a_word() -> None:
    kinds = written()
    assert kinds - set(SENTENCES) == set()
    assert kinds - set(labels.ACTIONS) == set()


def test_every_reason_to_hold_is_told_in_words() -> None:
    for reason in HoldReason:
        said = SENTENCES["QUARANTINED"]({"reason": reason.value}, {})
        assert reason.value not in said
