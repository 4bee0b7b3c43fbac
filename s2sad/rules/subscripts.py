"""Subscripts of `np.einsum`: made explicit, taken apart, and turned round for the adjoint.

These functions of strings and ranks run while the program is compiled.
"""

from __future__ import annotations

import string
from collections.abc import Sequence
from typing import Any

from s2sad.rules.notation import at_compile_time

SYMBOLS = string.ascii_letters


def written(lists: Sequence[Any]) -> str:
    """Subscripts given as lists of integers and Ellipsis, those of the result last, as a string."""
    texts = ["".join("..." if i is Ellipsis else SYMBOLS[i] for i in labels) for labels in lists]
    return ",".join(texts[:-1]) + "->" + texts[-1]


def taken_apart(subscripts: str) -> tuple[list[str], str]:
    """The labels of each operand, and those of the result."""
    operands, _, result = subscripts.partition("->")
    return operands.split(","), result


@at_compile_time
def explicit(subscripts: str, *ranks: int) -> str:
    """The same with the result stated, and a letter for every axis that an ellipsis stands for.

    Without ranks an ellipsis stays.

    >>> explicit("...ij, jk", 3, 2)
    'Aij,jk->Aik'
    """
    text = subscripts.replace(" ", "")
    operands, arrow, result = text.partition("->")
    parts = operands.split(",")
    labels = operands.replace(",", "").replace(".", "")
    if not arrow:
        once = sorted(x for x in set(labels) if labels.count(x) == 1)
        result = ("..." if "..." in operands else "") + "".join(once)
    if not ranks or "..." not in text:
        return f"{','.join(parts)}->{result}"
    counts = [r - len(p) + 3 for p, r in zip(parts, ranks, strict=True) if "..." in p]
    if min(counts, default=0) < 0:
        raise ValueError(f"einsum: {subscripts!r} has more subscripts than an operand has axes")
    free = [x for x in string.ascii_uppercase + string.ascii_lowercase if x not in labels]
    most = max(counts, default=0)
    letters = "".join(free[:most])
    for i, (p, r) in enumerate(zip(parts, ranks, strict=True)):
        count = r - len(p) + 3
        parts[i] = p.replace("...", letters[most - count :] if "..." in p else "")
    return f"{','.join(parts)}->{result.replace('...', letters)}"


def checked(subscripts: str, *ranks: int) -> str:
    """Explicit subscripts; ValueError where they do not fit the operands."""
    parts, result = taken_apart(subscripts)
    if len(parts) != len(ranks):
        raise ValueError(f"einsum: {len(parts)} subscripts for {len(ranks)} operands")
    for p, r in zip(parts, ranks, strict=True):
        if len(p) != r:
            raise ValueError(f"einsum: the subscripts {p!r} for an operand of {r} axes")
    for label in result:
        if result.count(label) > 1 or not any(label in p for p in parts):
            raise ValueError(f"einsum: the label {label!r} of the result in {subscripts!r}")
    return subscripts


def distinct(labels: str) -> str:
    """Every label once.

    >>> distinct("iji")
    'ij'
    """
    return "".join(dict.fromkeys(labels))


@at_compile_time
def turned_round(subscripts: str, i: int) -> str:
    """The subscripts of the sum that gives the cotangent of operand i.

    It has the labels of the operand that are found elsewhere, every one once.

    >>> turned_round("ij,jk->ik", 0)
    'ik,jk->ij'
    """
    parts, result = taken_apart(subscripts)
    others = parts[:i] + parts[i + 1 :]
    kept = "".join(x for x in distinct(parts[i]) if x in result or any(x in p for p in others))
    return f"{','.join([result, *others])}->{kept}"


@at_compile_time
def missing(subscripts: str, i: int) -> tuple[int, ...]:
    """Which of the distinct labels of operand i are found nowhere else.

    >>> missing("iijk->i", 0)
    (1, 2)
    """
    kept = taken_apart(turned_round(subscripts, i))[1]
    labels = distinct(taken_apart(subscripts)[0][i])
    return tuple(k for k, x in enumerate(labels) if x not in kept)


@at_compile_time
def places(subscripts: str, i: int) -> tuple[int, ...]:
    """The first axis of operand i for each of its distinct labels."""
    labels = taken_apart(subscripts)[0][i]
    return tuple(labels.index(x) for x in distinct(labels))


@at_compile_time
def repeated(subscripts: str, i: int) -> tuple[int, ...]:
    """The axes of operand i whose label an earlier one has.

    >>> repeated("iji->j", 0)
    (2,)
    """
    labels = taken_apart(subscripts)[0][i]
    return tuple(k for k, x in enumerate(labels) if x in labels[:k])


@at_compile_time
def on_the_diagonal(subscripts: str, i: int) -> str:
    """The sum that puts an array of distinct labels on the diagonals that operand i has.

    >>> on_the_diagonal("iji->j", 0)
    'ij,iA->ijA'
    """
    labels = taken_apart(subscripts)[0][i]
    free = [x for x in string.ascii_uppercase + string.ascii_lowercase if x not in labels]
    made = ""
    units: list[str] = []
    for k, x in enumerate(labels):
        if x in labels[:k]:
            units.append(x + free[len(units)])
        made += units[-1][1] if x in labels[:k] else x
    return f"{','.join([distinct(labels), *units])}->{made}"
