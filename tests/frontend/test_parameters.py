"""Parameters of callables, binding, and argnums."""

from __future__ import annotations

import functools
import inspect
import math

import numpy as np
import pytest

from s2sad.errors import ArgumentError, ArgumentIndexError, S2SADError
from s2sad.frontend.parameters import parameters_of, spell, take_apart
from s2sad.frontend.request import Request, normalize, resolve


def everything(a, b, /, c, d=4, *args, e, f=6, **kwargs):
    return a, b, c, d, args, e, f, kwargs


def plain(x, y):
    return x, y


def only_keywords(*, k=1):
    return k


def keywords_and_rest(x, *, k, **rest):
    return x, k, rest


def names_of_the_dispatcher(get, miss, key, entry=None, call=1, type=2, float=3):
    return get, miss, key, entry, call, type, float


FUNCTIONS = [everything, plain, only_keywords, keywords_and_rest, names_of_the_dispatcher]
CALLS = [
    ((1, 2, 3), {"e": 5}),
    ((1, 2, 3, 4, 5, 6), {"e": 5, "g": 7}),
    ((1, 2), {}),
    ((1,), {"y": 2}),
    ((), {}),
    ((1,), {}),
    ((1, 2, 3), {}),
    ((1, 2), {"c": 3, "e": 1, "f": 2}),
    ((), {"k": 3}),
    ((1,), {"k": 3, "z": 4}),
    ((1, 2), {"x": 3}),
    ((1,), {"z": 2}),
]


@pytest.mark.parametrize("function", FUNCTIONS)
@pytest.mark.parametrize(("args", "kwargs"), CALLS)
def test_binding_is_pythons_own(function, args, kwargs):
    def outcome(call):
        try:
            return call(*args, **kwargs)
        except TypeError as error:
            return str(error)

    values = outcome(parameters_of(function).bind)
    expected = outcome(function)
    if isinstance(values, tuple) and len(values) == 1:
        (values,) = values
    assert values == expected


@pytest.mark.parametrize("function", FUNCTIONS)
def test_parameters_are_those_of_the_signature(function):
    parameters = parameters_of(function)
    signature = inspect.signature(function)
    assert parameters.names == tuple(signature.parameters)
    bare = [p.replace(default=p.empty) for p in signature.parameters.values()]
    assert f"({spell(parameters)})" == str(signature.replace(parameters=bare))


def test_parameters_of_builtins():
    assert parameters_of(np.sin).names == ("x",)
    assert parameters_of(np.add).names == ("x1", "x2")
    assert parameters_of(math.sin).names == ("x",)
    assert parameters_of(np.sum).names == ("a",)


class Model:
    def loss(self, x):
        return x

    def __call__(self, x):
        return x

    @staticmethod
    def free(x):
        return x


def test_take_apart():
    model = Model()
    assert take_apart(plain) == (plain, (), {})
    assert take_apart(model.loss) == (Model.loss, (model,), {})
    assert take_apart(model) == (Model.__call__, (model,), {})
    assert take_apart(model.free)[0] is Model.free
    assert take_apart(staticmethod(plain))[0] is plain
    inner = functools.partial(everything, 1, e=2)
    assert take_apart(functools.partial(inner, 3, f=4)) == (everything, (1, 3), {"e": 2, "f": 4})
    assert take_apart(functools.lru_cache(plain))[0] is plain
    assert take_apart(np.sin) == (np.sin, (), {})


async def coroutine(x):
    return x


def generator(x):
    yield x


async def async_generator(x):
    yield x


@pytest.mark.parametrize(
    ("what", "message"),
    [
        (3.0, "not a function"),
        (None, "not a function"),
        (Model, "class Model"),
        (coroutine, "coroutine"),
        (generator, "generator"),
        (async_generator, "async_generator"),
    ],
)
def test_what_is_not_a_function_is_refused(what, message):
    with pytest.raises(S2SADError, match=message):
        take_apart(what)


# ---- argnums -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "expected"),
    [(0, 0), (-1, -1), ("x", "x"), ((0, "x"), (0, "x")), ([1, 0], (1, 0)), (np.int64(2), 2)],
)
def test_normalize(given, expected):
    assert normalize(given) == expected


@pytest.mark.parametrize("given", [1.0, None, True, (0, 1.5), {"x": 1}])
def test_argnums_of_a_wrong_type(given):
    with pytest.raises(ArgumentError, match=r"argnums is .*\n.*position"):
        normalize(given)


def wrt(function, argnums, *args, **kwargs):
    request = Request(function, "grad", argnums)
    return request.wrt(request.parameters.bind(*args, **kwargs))


def test_places():
    call = ((1, 2, 3, 4, 5, 6), {"e": 5, "g": 7})
    names = parameters_of(everything).names
    varargs, varkw = names.index("args"), names.index("kwargs")
    for argnums, place in [
        (0, (0,)),
        (3, (3,)),
        (4, (varargs, 0)),
        (-1, (varargs, 1)),
        (-6, (0,)),
        ("a", (0,)),
        ("e", (names.index("e"),)),
        ("g", (varkw, "g")),
    ]:
        assert wrt(everything, argnums, *call[0], **call[1]) == (place,)
    assert wrt(plain, ("y", 0), 1, 2) == ((1,), (0,))


@pytest.mark.parametrize(
    ("argnums", "message"),
    [
        (2, "argnums 2 is out of range: .* 2 positional arguments\n.*0 to 1, or a name: 'x', 'y'"),
        (-3, "argnums -3 is out of range"),
        ("z", "'z': .* no argument of that name"),
        ((0, "x"), "twice: x"),
        ((0, -2), "twice: x"),
    ],
)
def test_argnums_that_name_no_argument(argnums, message):
    with pytest.raises(ArgumentIndexError, match=message) as caught:
        resolve(argnums, parameters_of(plain), (1, 2))
    assert isinstance(caught.value, ValueError)


def test_argnums_of_variable_arguments_are_checked_at_the_call():
    assert wrt(lambda *xs: xs, 1, 1, 2) == ((0, 1),)
    with pytest.raises(ArgumentIndexError):
        wrt(lambda *xs: xs, 2, 1, 2)
    with pytest.raises(ArgumentIndexError):
        wrt(everything, "args", 1, 2, 3, e=1)


def test_empty_argnums():
    with pytest.raises(ArgumentIndexError, match="empty"):
        normalize(())
