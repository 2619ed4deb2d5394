"""Two readings of one line laid beside each other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from shiming.reading.vision import han

Letters = Sequence[tuple[str, float]]
"""A reading without its spaces: characters, and how likely (0..1) each is."""
Pairs = list[tuple[int | None, int | None]]
"""Places of the first reading beside places of the other; None where one has nothing."""


def pairs(first: Letters, other: Letters) -> Pairs:
    """The cheapest way to lay them beside each other (Levenshtein), forms of one character counting as the same."""
    a, b = [han.key(c) for c, _ in first], [han.key(c) for c, _ in other]
    cost = [list(range(len(b) + 1))]
    for i, x in enumerate(a, 1):
        row = [i]
        for j, y in enumerate(b, 1):
            row.append(min(cost[i - 1][j - 1] + (x != y), cost[i - 1][j] + 1, row[j - 1] + 1))
        cost.append(row)
    laid: Pairs = []
    i, j = len(a), len(b)
    while i or j:
        if i and j and cost[i][j] == cost[i - 1][j - 1] + (a[i - 1] != b[j - 1]):
            i, j = i - 1, j - 1
            laid.append((i, j))
        elif i and cost[i][j] == cost[i - 1][j] + 1:
            i -= 1
            laid.append((i, None))
        else:
            j -= 1
            laid.append((None, j))
    return laid[::-1]


def extras(laid: Pairs) -> Iterator[tuple[int, list[int]]]:
    """What only the other reading has: before which place of the first, and its places."""
    at, extra = 0, list[int]()
    for i, j in laid:
        if i is None and j is not None:
            extra.append(j)
            continue
        if extra:
            yield at, extra
            extra = []
        at += 1
    if extra:
        yield at, extra
