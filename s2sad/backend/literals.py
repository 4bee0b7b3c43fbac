"""How constants are spelled: numbers that evaluate to themselves, docstrings, f-strings.

`repr` does most of it. As source it is wrong for nan and inf, which it writes as names that nobody
defined, and for complex numbers, where it can lose the sign of a zero; and it flattens docstrings.
"""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Sequence

from s2sad.errors import InternalError

__all__ = ["docstring", "f_string", "literal", "without_backslash"]

QUOTES = ("'", '"', "'''", '"""')

# PEP 701: from Python 3.12 a replacement field may hold backslashes and the string's own quotes.
FIELDS_ARE_FREE = sys.version_info >= (3, 12)


def literal(value: object) -> str:
    """Return source that evaluates to exactly this constant."""
    if value is Ellipsis:
        return "..."
    if type(value) is tuple:
        return f"({', '.join(map(literal, value))}{',' * (len(value) == 1)})"
    if type(value) is complex and not _repr_is_exact(value):
        return f"complex({literal(value.real)}, {literal(value.imag)})"
    if isinstance(value, float) and not math.isfinite(value):
        return "np.nan" if math.isnan(value) else "np.inf" if value > 0 else "-np.inf"
    return repr(value)


def docstring(text: str) -> str:
    """Return the text between triple quotes, its line breaks kept as line breaks."""
    lines = (_escape(line, '"""') for line in text.split("\n"))
    return '"""' + "\n".join(lines) + '"""'


def f_string(pieces: Sequence[tuple[str, bool]]) -> str:
    """Return the f-string of these pieces, each a text and whether that text is code.

    Braces are the caller's business; quotes are chosen so that nothing, or little, needs a
    backslash. Raises InternalError for code that no f-string of this Python version can hold.
    """
    code = "".join(text for text, is_code in pieces if is_code)
    prose = "".join(text for text, is_code in pieces if not is_code)
    fitting = [quote for quote in QUOTES[2 * ("\n" in code) :] if quote not in code]
    free = QUOTES if FIELDS_ARE_FREE else fitting
    if not free or ("\\" in code and not FIELDS_ARE_FREE):
        raise InternalError(f"an f-string cannot hold {code!r} before Python 3.12")
    quote = min(free, key=lambda quote: (quote in code, prose.count(quote)))
    body = "".join(text if is_code else _escape(text, quote) for text, is_code in pieces)
    return f"f{quote}{body}{quote}"


def without_backslash(text: str) -> str:
    """Return the text as a literal, without escapes if possible, for a replacement field."""
    raw = text.replace("\n", "").isprintable() and "\\" not in text
    for quote in QUOTES[2 * ("\n" in text) :]:
        if raw and quote not in text and not text.endswith(quote[0]):
            return quote + text + quote
    return repr(text)


def _repr_is_exact(value: complex) -> bool:
    """Return whether the sum or product that `repr` writes gives back both parts with their sign.

    `1-0j` is `1-(0+0j)`, whose imaginary part is +0.0, and `-2j` is `-(0+2j)`, with real part -0.0.
    """
    if not (math.isfinite(value.real) and math.isfinite(value.imag)):
        return False
    if value.real == 0:
        return math.copysign(1, value.real) == math.copysign(1, value.imag) == 1
    return value.imag != 0


def _escape(text: str, quote: str) -> str:
    """Return the text as it stands between these quotes, escaping no more than they need."""
    # A double quote in front makes repr delimit by single quotes, whatever the text contains.
    body = repr('"' + text)[2:-1].replace("\\'", "'")
    closing = quote if len(quote) == 1 else f"{quote[0]}(?={quote[0]}|$)"
    return re.sub(closing, r"\\\g<0>", body)
