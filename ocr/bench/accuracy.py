"""How well a page was read, against its reference text.

Two measures: recall over the bag of words of four letters and more (it forgives the order of
columns), and the character error rate (it does not).
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter


def word_recall(truth: str, read: str) -> float:
    """Share of the words of four letters and more that were read, as a bag; long s is s."""
    wanted, found = _words(truth), _words(read)
    return sum((wanted & found).values()) / max(1, sum(wanted.values()))


def _words(text: str) -> Counter[str]:
    plain = unicodedata.normalize("NFC", text).replace("\u017f", "s").lower()
    return Counter(word for word in re.findall(r"[^\W\d_]+", plain) if len(word) >= 4)


def character_error_rate(truth: str, read: str) -> float:
    """Edit distance over the length of the truth; white space counts once."""
    wanted, found = _flat(truth), _flat(read)
    return edit_distance(wanted, found) / max(1, len(wanted))


def _flat(text: str) -> str:
    plain = unicodedata.normalize("NFC", text).replace("\u017f", "s")
    return " ".join(plain.split())


def edit_distance(a: str, b: str) -> int:
    """Levenshtein distance, bit-parallel (Myers 1999, in Hyyrö's form)."""
    if not a:
        return len(b)
    masks: dict[str, int] = {}
    for place, char in enumerate(a):
        masks[char] = masks.get(char, 0) | 1 << place
    full, last = (1 << len(a)) - 1, 1 << (len(a) - 1)
    plus, minus, distance = full, 0, len(a)
    for char in b:
        match = masks.get(char, 0)
        vertical = match | minus
        cross = (((match & plus) + plus) ^ plus) | match
        up = minus | ~(cross | plus) & full
        down = plus & cross
        distance += bool(up & last) - bool(down & last)
        up = (up << 1 | 1) & full
        down = (down << 1) & full
        plus = down | ~(vertical | up) & full
        minus = up & vertical
    return distance
