"""Every error says what, where and what to do, survives pickling, and is the builtin expected."""

import copy
import pickle

import pytest

from s2sad import errors
from s2sad.errors import (
    ArgumentError,
    ArgumentIndexError,
    BackendMissing,
    CheckFailed,
    InternalError,
    Location,
    NoRule,
    OutputError,
    S2SADError,
    SourceUnavailable,
    Unsupported,
)

PLACE = Location("model.py", 12, 4, 14, "    x[0] = 3.0  # the edge")
BUILTIN = {
    Unsupported: NotImplementedError,
    NoRule: NotImplementedError,
    SourceUnavailable: OSError,
    ArgumentError: TypeError,
    ArgumentIndexError: ValueError,
    BackendMissing: ImportError,
    OutputError: TypeError,
    InternalError: AssertionError,
    CheckFailed: AssertionError,
}


def test_whole_message():
    error = Unsupported("array item assignment", "write instead: x = x.copy()", PLACE)
    assert str(error).splitlines() == [
        "s2sad: array item assignment is not supported here",
        "  model.py:12",
        "    x[0] = 3.0  # the edge",
        "    ^^^^^^^^^^",
        "write instead: x = x.copy()",
    ]


def test_message_without_place_and_advice():
    assert str(ArgumentError("x is an int")) == "s2sad: x is an int"


def test_messages_that_suggest_by_themselves():
    assert str(NoRule("scipy.special.zeta")).startswith(
        "s2sad: there is no derivative rule for scipy.special.zeta\ndeclare one with @s2sad.rule(f)"
    )
    assert str(InternalError("alpha_1 is bound twice")).startswith(
        "s2sad: internal error: alpha_1 is bound twice\nthis is a bug in s2sad; please report it"
    )
    assert "look\nthis is a bug" in str(InternalError("broken", "look"))


@pytest.mark.parametrize("kind", BUILTIN)
def test_every_class(kind):
    error = kind("a thing", "do another", PLACE)
    error.add_note("a note")
    assert isinstance(error, S2SADError) and isinstance(error, BUILTIN[kind])
    for again in (pickle.loads(pickle.dumps(error)), copy.copy(error)):
        assert type(again) is kind
        assert str(again) == str(error)
        assert again.location == PLACE
        assert again.__notes__ == ["a note"]


def test_every_class_is_public():
    others = {"S2SADError", "Location", "NumPyUsed"}
    assert set(errors.__all__) == {*others, *(c.__name__ for c in BUILTIN)}


def test_at_adds_a_place_once():
    error = NoRule("f")
    assert error.at(None) is error
    placed = error.at(PLACE)
    assert type(placed) is NoRule and placed.location == PLACE
    assert placed.at(Location("other.py", 1, 0, 1, "y")) is placed


@pytest.mark.parametrize(
    ("place", "lines"),
    [
        (Location("m.py", 1, 2, None, "a = f("), ["a = f(", "  ^^^^"]),
        (Location("m.py", 1, 6, 9, "\tif\ta: b"), ["if\ta: b", "  \t  ^^"]),
        (Location("m.py", 1, 0, 4, ""), ["", "^"]),
        (Location("m.py", 1, 90, 99, "short"), ["short", "     ^"]),
        (Location("m.py", 1, 0, 3, "    x"), ["    x", "^^^"]),
    ],
)
def test_caret(place, lines):
    text = place.excerpt().splitlines()
    assert text == ["  m.py:1", *("    " + line for line in lines)]


def test_file_name_is_relative_below_the_working_directory(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert str(Location(str(tmp_path / "m.py"), 3, 0, 1, "x")) == "m.py:3"
    outside = str(tmp_path.parent / "m.py")
    assert str(Location(outside, 3, 0, 1, "x")) == f"{outside}:3"
