"""Where settings come from: a TOML file and the environment, each value with its origin.

An error names what the person wrote: the variable of the environment by its own name, else the file.
Values are never part of a message; they may be secrets.
"""

from __future__ import annotations

import difflib
import errno
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from config import system_errors
from config.errors import ConfigError

PREFIX = "REGISTRATUR_"
HOME = "REGISTRATUR_HOME"
NOT_SETTINGS = "REGISTRATUR_TEST_"

Keys = tuple[str, ...]
_READING = {
    errno.ENOENT: "es gibt sie nicht",
    errno.EISDIR: "es ist ein Ordner",
    errno.EACCES: "keine Leserechte",
    errno.ELOOP: "der Verweis führt im Kreis",
}
_KINDS = {
    "int": "erwartet wird eine ganze Zahl.",
    "float": "erwartet wird eine Zahl.",
    "finite": "erwartet wird eine endliche Zahl.",
    "bool": "erwartet wird true oder false.",
    "string": "erwartet wird ein Text (in TOML: in Anführungszeichen).",
    "tuple": 'erwartet wird eine Liste, etwa ["a", "b"].',
    "model": "das ist ein Abschnitt mit eigenen Namen, kein einzelner Wert.",
    "dict": "das ist ein Abschnitt mit eigenen Namen, kein einzelner Wert.",
    "literal": "erwartet wird eines von: {expected}.",
    "greater_than_equal": "mindestens {ge}.",
    "greater_than": "mehr als {gt}.",
    "less_than_equal": "höchstens {le}.",
    "less_than": "weniger als {lt}.",
}  #: the beginning of pydantic's error type -> what was expected


@dataclass(slots=True)
class Source:
    """The tree of values as written, and who wrote them."""

    file: Path
    tree: dict[str, Any] = field(default_factory=dict)
    in_file: dict[str, Any] = field(default_factory=dict)  #: the tree before the environment
    variables: dict[Keys, str] = field(default_factory=dict)  #: keys -> name of the variable

    def origin(self, keys: Keys) -> str:
        """The variable that set the value at ``keys`` or around it; the file; or, where
        the file says nothing of it, a variable that set something inside it."""
        for length in range(len(keys), 0, -1):
            if keys[:length] in self.variables:
                return self.variables[keys[:length]]
        here: Any = self.in_file
        for key in keys:
            here = here.get(key) if isinstance(here, dict) else None
        inside = (name for at, name in self.variables.items() if at[: len(keys)] == keys)
        return str(self.file) if here is not None else next(inside, str(self.file))


def printable(text: str) -> str:
    """Text that can be written anywhere: bytes of the environment that are no UTF-8 become marks."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def read_file(source: Source, *, required: bool) -> None:
    """Put the file's values into the tree; a file that is not there is none, unless required.

    Raises:
        ConfigError: it cannot be read, or is no TOML.
    """
    path = source.file
    try:
        text = path.read_bytes().decode("utf-8")
    except FileNotFoundError as error:
        if required or path.is_symlink():
            raise _unreadable(path, error) from error
        return
    except OSError as error:
        raise _unreadable(path, error) from error
    except UnicodeDecodeError as error:
        raise ConfigError(printable(f"{path} ist kein gültiges TOML: kein UTF-8.")) from error
    try:
        source.tree, source.in_file = tomllib.loads(text), tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        why = "zu tief verschachtelt" if isinstance(error, RecursionError) else error
        raise ConfigError(printable(f"{path} ist kein gültiges TOML: {why}")) from error


def _unreadable(path: Path, error: OSError) -> ConfigError:
    why = _READING.get(error.errno or 0, system_errors.why(error))
    return ConfigError(printable(f"Die Einstellungsdatei {path} kann nicht gelesen werden: {why}."))


def read_environment(
    source: Source, environment: Mapping[str, str], is_text: Callable[[Keys], bool]
) -> None:
    """Put the variables over the file's values; ``is_text`` says where a text belongs.

    Raises:
        ConfigError: a variable names something inside a single value, or a value for a section.
    """
    for name, text in sorted(environment.items()):
        if not name.startswith(PREFIX) or name == HOME or name.startswith(NOT_SETTINGS):
            continue
        keys = _as_written(source.tree, tuple(name.removeprefix(PREFIX).lower().split("__")))
        value = _value(text, verbatim=is_text(keys))
        source.variables[keys] = name
        _put(source, keys, value, name)


def _as_written(tree: Mapping[str, Any], keys: Keys) -> Keys:
    """Variables have no lower case: where the file writes a name otherwise, that name is meant."""
    found: list[str] = []
    here: Any = tree
    for key in keys:
        names = here if isinstance(here, Mapping) else {}
        same = [name for name in names if name.lower() == key]
        found.append(key if key in names or not same else same[0])
        here = names.get(found[-1])
    return tuple(found)


def _value(text: str, *, verbatim: bool) -> Any:
    """The variable's text as TOML, else as it stands; where a text belongs, 2024 is a text too."""
    try:
        read = tomllib.loads(f"value = {text}")
    except (ValueError, RecursionError):
        return text
    value = read["value"]
    if len(read) > 1 or (verbatim and not isinstance(value, str)):
        return text
    return value


def _put(source: Source, keys: Keys, value: Any, name: str) -> None:
    tree = source.tree
    for depth, key in enumerate(keys[:-1], start=1):
        here = tree.setdefault(key, {})
        if not isinstance(here, dict):
            at, wrote = ".".join(keys[:depth]), source.origin(keys[:depth])
            who = "" if wrote == name else f" ({wrote} setzt es so)"
            raise ConfigError(
                printable(f"{name}: {at} ist hier ein einzelner Wert{who}, kein Abschnitt.")
            )
        tree = here
    before = tree.get(keys[-1])
    if isinstance(before, dict) and isinstance(value, dict):
        value = {**before, **value}
    tree[keys[-1]] = value


def explain(
    error: ValidationError, source: Source, known_names: Callable[[Keys], list[str]]
) -> Iterator[str]:
    """One sentence for each fault, each naming its origin and its key."""
    for problem in error.errors(include_url=False, include_input=False):
        keys = tuple(str(part) for part in problem["loc"])
        origin, name = source.origin(keys), ".".join(keys)
        if problem["type"] == "extra_forbidden":
            near = difflib.get_close_matches(keys[-1], known_names(keys[:-1]), n=1, cutoff=0.5)
            hint = ""
            if near:
                meant = (*keys[:-1], near[0])
                hint = f" Gemeint ist vielleicht: {'.'.join(meant)}"
                if origin.startswith(PREFIX):
                    hint += f" ({variable(meant)})"
            text = f"{origin}: unbekannte Einstellung {name}.{hint}"
        elif problem["type"] == "missing":
            origin = source.origin(keys[:-1])
            text = f"{origin}: es fehlt {name} ({variable(keys)})."
        else:
            text = f"{origin}: {name}: {_expected(problem['type'], problem)}"
        yield printable(text)


def _expected(kind: str, problem: Mapping[str, Any]) -> str:
    for beginning, said in _KINDS.items():
        if kind.startswith(beginning):
            return said.format(**{"expected": "", **problem.get("ctx", {})}).replace(
                " or ", " oder "
            )
    return str(problem["msg"])


def variable(keys: Keys) -> str:
    """The environment's name for a setting."""
    return PREFIX + "__".join(key.upper() for key in keys)
