"""Generators and iterators: they are read once, and as they were when they were made."""

import functools
import itertools

import pytest

from s2sad import grad, value_and_grad
from s2sad.errors import Unsupported


def count_up(values):
    for i, v in enumerate(values):
        yield i * v


def refused(function, message, *arguments):
    function(*arguments)
    with pytest.raises(Unsupported, match=message):
        grad(function)(*arguments)


def test_what_was_used_up_is_not_read_again():
    def generator(x):
        g = (v * v for v in (x, 2.0))
        return sum(g) + sum(g)

    def zipped(x):
        z = zip((x, 1.0), (x, x), strict=True)
        return sum(a * b for a, b in z) + sum(a for a, _ in z)

    def in_a_loop(x):
        g = (v * x for v in (1.0, 2.0))
        total = x
        for _ in range(3):
            total += sum(g)
        return total

    def handed_on(x):
        def mean(values):
            return sum(values) / 2.0 + sum(values)

        return mean(v * x for v in (1.0, 3.0))

    for function in (generator, zipped, handed_on):
        refused(function, "which was used up before", 3.0)
    refused(in_a_loop, "which a first trip of the loop uses up|which was used up before", 3.0)


def test_one_reading_is_exact_wherever_it_is():
    def f(x):
        def total(values):
            return sum(values)

        g = (v * x for v in (x, 2.0))
        h = map(lambda v, w: v * w, [x, 3.0], [x, 3.0])
        return total(g) + total(h) if x > 1.0 else total(h)

    assert value_and_grad(f)(3.0) == (33.0, 14.0)
    assert value_and_grad(f)(0.5) == (9.25, 1.0)


def test_a_generator_is_not_read_after_a_change_of_what_it_reads():
    def rebound(x):
        k = x
        g = (k * v for v in (1.0, 2.0))
        k = k * x
        return sum(g) + k

    def appended(x):
        values = [x]
        g = (v * v for v in values)
        values.append(x)
        return sum(g)

    def given(x):
        values = [x, x]
        g = count_up(values)
        values[1] = x * x
        return sum(g)

    def in_its_loop(x):
        k = x
        total = 0.0
        for v in (k * i for i in range(3)):
            k = k + v
            total = total + v
        return total

    def by_a_call(x):
        k = x

        def inner():
            for i in range(3):
                yield k * i

        total = 0.0
        for v in inner():
            k = k + v
            total = total + v
        return total

    for function in (rebound, appended, given):
        refused(function, "a generator that reads what has changed since", 3.0)
    for function in (in_its_loop, by_a_call):
        refused(function, "a generator that reads what the loop changes", 3.0)


def test_next_takes_elements_away():
    def f(x):
        it = iter([x, x * x, x**3])
        first = next(it)
        rest = list(it)
        return first * rest[0] + rest[1]

    def ends(x):
        it = iter((x,))
        y = next(it)
        try:
            y = next(it)
        except StopIteration:
            y = y * x
        return y

    assert value_and_grad(f)(2.0) == (16.0, 24.0)
    assert value_and_grad(ends)(3.0) == (9.0, 6.0)


def test_a_generator_that_depends_on_data_is_refused():
    def some(x):
        if x > 0:
            yield x
        yield x * x

    def f(x):
        return sum(some(x))

    refused(f, "a generator that yields in a loop or branch that depends on data", 3.0)


def test_a_generator_that_prints_is_refused():
    def talking(x):
        print("one")
        yield x

    def f(x):
        return sum(talking(x))

    refused(f, "a generator with effects", 3.0)


def test_endless_iterators_are_refused():
    def f(x):
        return sum(a * b for a, b in zip((x, x), itertools.count(1)))

    refused(f, "itertools.count, which has no end,", 3.0)


def test_a_filter_on_data_is_refused():
    def f(x):
        return sum(filter(lambda v: v > 1, (x, 2.0)))

    refused(f, "filter with a condition that depends on data", 3.0)


def test_a_walrus_in_a_comprehension_binds_outside_of_it():
    def f(x):
        found = [(y := v * x) for v in (1.0, 2.0)]
        return y * found[0]

    assert value_and_grad(f)(3.0) == (18.0, 12.0)


def test_nonlocal_names_are_read_and_assigned():
    def reads(x):
        k = x * 2.0

        def inner():
            nonlocal k
            return k * x

        return inner()

    def writes(x):
        k = x

        def inner():
            nonlocal k
            k = k * x
            return k

        return inner() + k

    assert value_and_grad(reads)(3.0) == (18.0, 12.0)
    assert value_and_grad(writes)(3.0) == (18.0, 12.0)


def test_a_cache_that_is_called_with_its_size():
    @functools.lru_cache(maxsize=8)
    def f(x):
        return x * x

    assert grad(lambda x: f(x) * x)(2.0) == 12.0
