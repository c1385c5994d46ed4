"""What can go wrong with the record and its objects."""

from __future__ import annotations

from config.errors import ConfigError, Conflict, NotFound, Unavailable


class NewerDatabase(ConfigError):
    """A newer version of the program has changed the database; there is no way back but a backup."""

    def __init__(self, found: str) -> None:
        super().__init__(found)
        self.found = found

    def __str__(self) -> str:
        return (
            f"Die Datenbank steht auf Fassung {self.found}, die dieses Programm nicht kennt: Eine neuere"
            " Fassung des Programms hat sie umgestellt. Diese nehmen, oder die Sicherung von vor dem"
            " Upgrade zurückspielen."
        )


class StillWalking(Unavailable):
    """The same bytes arrived earlier and their item has no document yet: wait for it."""

    def __init__(self, item_id: str) -> None:
        super().__init__(item_id)
        self.item_id = item_id

    def __str__(self) -> str:
        return (
            f"Dieselbe Datei ist schon als {self.item_id} unterwegs; gewartet wird, bis sie steht."
        )


class Repeats(Conflict):
    """The item repeats a document that is there: it becomes that one's duplicate."""

    def __init__(self, item_id: str, document_id: str) -> None:
        super().__init__(item_id, document_id)
        self.item_id = item_id
        self.document_id = document_id

    def __str__(self) -> str:
        return (
            f"{self.item_id} ist inzwischen ein Duplikat von {self.document_id}; von vorn prüfen"
            " lassen."
        )


class MissingObject(NotFound):
    """The object store holds nothing under this address."""


class BrokenObject(Unavailable):
    """A stored object no longer has the bytes its address promises; a person repairs the store."""


class HashMismatch(Conflict):
    """The source is not, or no longer, what the caller expected."""
