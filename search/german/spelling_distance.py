"""How far two spellings are apart, counted as the engines count."""

from __future__ import annotations


def within_distance(one: str, other: str, limit: int) -> bool:
    """Whether at most ``limit`` inserts, deletes, replacements or swaps of neighbours lie between."""
    if abs(len(one) - len(other)) > limit:
        return False
    if len(set(one).difference(other)) > limit:  # a change takes away one such letter at most
        return False
    before: list[int] = []
    last = list(range(len(other) + 1))
    for row, letter in enumerate(one, 1):
        now = [row]
        for column, wanted in enumerate(other, 1):
            cost = min(now[-1] + 1, last[column] + 1, last[column - 1] + (letter != wanted))
            swapped = column > 1 and row > 1 and letter == other[column - 2]
            if swapped and one[row - 2] == wanted:
                cost = min(cost, before[column - 2] + 1)
            now.append(cost)
        if min(now) > limit:
            return False
        before, last = last, now
    return last[-1] <= limit
