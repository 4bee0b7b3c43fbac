"""Axes and sizes: the arithmetic that shapes and rules of several chapters share."""

from __future__ import annotations


def first(n):
    """The axes 0, ..., n - 1."""
    return tuple(range(n))


def wrapped(axes, ndim):
    """One axis or several as a tuple, none negative."""
    if isinstance(axes, (tuple, list)):
        return tuple([i % ndim for i in axes])
    return (axes % ndim,)


def without(ndim, axes):
    """The axes of an array that are not among `axes`."""
    return tuple([i for i in range(ndim) if i not in axes])


def place(items, wanted, start=0):
    """The index of an item in a tuple."""
    return start if items[start] == wanted else place(items, wanted, start + 1)


def inverse(order):
    """The permutation that undoes `order`."""
    return tuple([place(order, i) for i in range(len(order))])


def broadcast(a, b):
    """The broadcast shape of two shapes; None where a symbol against a symbol leaves it open."""
    n = max(len(a), len(b))
    a, b = (1,) * (n - len(a)) + tuple(a), (1,) * (n - len(b)) + tuple(b)
    return tuple(joined(p, q) for p, q in zip(a, b, strict=True))


def joined(p, q):
    """The broadcast of two sizes: a known size other than 1 decides."""
    if p == q:
        return p
    if isinstance(p, int) and p == 1:
        return q
    if isinstance(q, int) and q == 1:
        return p
    return p if isinstance(p, int) else q if isinstance(q, int) else None


def size_of(dims):
    """The number of elements of a shape, None where it is a product of symbols."""
    known = 1
    symbols = [n for n in dims if not isinstance(n, int)]
    for n in dims:
        known *= n if isinstance(n, int) else 1
    if symbols and known == 1 and len(symbols) == 1:
        return symbols[0]
    return None if symbols else known
