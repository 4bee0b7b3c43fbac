"""The forms of the imperative programs; see `writing` for what stands in their holes."""

from __future__ import annotations

HEADER = """import math

import numpy as np

SCALE = 1.25


class Cell:
    def __init__(self, a, b):
        self.a = a
        self.b = b

    def bump(self, d):
        self.a[0] += d
        self.b = np.sin(self.b) + d
        return self.a


def helper(a, b=0.5, *, scale=1.0):
    return np.sin(a) * b * scale + 0.25


def same(a):
    return a


def scaled(a, s):
    a *= s
    return a


def bumped(a, s):
    a[0] = np.tanh(a[0]) + s
    a[1:] += s * a[:-1]
    return a[1] * s


def swept(a, n):
    if n <= 0:
        return a
    a[n % 3] = np.sin(a[n % 3 - 1]) + 0.3 * a[n % 3]
    return swept(a, n - 1)


def first(a, b):
    b[-1] = a[0]
    if a[1] > 0.35:
        return a
    return b


def traded(a, b):
    a[0], b[1] = b[1], a[0]
    return b, a

"""

EXPRESSIONS: dict[str, list[str]] = {
    "f": [
        "({f} + {f})", "({f} - {f})", "{f} * {f}", "{f} / ({f} * {f} + 1.5)", "-{f}",
        "math.sin({f})", "np.cos({f})", "np.tanh({f})", "{V}[{j}]", "{V}[{i}]", "{V}[-1]",
        "{V}[{i} - 1]", "{M}[{j}, {i}]", "{M}[{i}][{j}]", "{M}[-1, {j}]", "np.sum({v})",
        "{V}.mean()", "{v} @ {v}", "{m}.sum()", "helper({f}, {f})", "helper({f}, scale={f})",
        "{Z} * 1.0", "{V}[{s}].sum()", "({f} if {c} else {f})", "bumped({V}, {f})",
        "np.float32({f})", "sum([a * a for a in {v}])", "sum({V}[a] * a for a in range(3))",
        "(lambda a, b=2: a * b)({f})", "np.max({v})", "{i} * {f}", "{f} * ({f} < {f})",
        "(u := {f}) * u", "{Q}[{j}] * {f}", "float({f})", "len({V}) * {f}", "np.sum({Q} * {v})",
        "np.hypot({f}, 1.0)", "np.sum({V}[{v} > 0.1])", "{L}[-1][{j}]", "{D}['b']", "{O}.b",
        "min({f}, {f})",
    ],
    "v": [
        "({v} + {v})", "({v} - {v})", "{v} * {v}", "{v} * {f}", "({f} + {v})", "-{v}",
        "{v} / ({v} * {v} + 1.5)", "np.sin({v})", "np.tanh({v})", "np.exp(-{v} * {v})",
        "{V}[::-1]", "{V}.copy()", "{M}[{j}]", "{M}[{i}]", "{m}.sum(axis=0)",
        "np.zeros_like({V})", "np.zeros(len(x))", "np.full(len(x), {f})", "{V}[q]",
        "{V}[{Q} % 3]", "np.cumsum({v})", "np.where({v} > 0.2, {v}, {v})",
        "np.concatenate([{V}[1:], {V}[:1]])", "np.concatenate(({V}[-2:], {V}[:-2]))",
        "np.array([{f} * a for a in (0.5, 1.5)]).sum() * {v}", "{V}.astype(np.float32)",
        "np.ravel({V})",
        "np.asarray({V})", "same({V})", "scaled({V}, {f})", "swept({V}, {i})",
        "({v} if {c} else {v})", "np.multiply({v}, {v}, out={V})", "{M}.T[:, {j}]",
        "{M}.reshape(-1)[:len(x)]", "helper({v}, {f})", "{v} * {i}", "{v} * ({v} > 0.1)",
        "{O}.bump({f})", "np.clip({v}, -0.7, 0.8)", "{v} * {Q}", "({v} + {V}[:1])",
        "np.outer({v}, {v})[{j}]", "np.full_like({V}, {f})",
    ],
    "m": [
        "({m} + {m})", "{m} * {m}", "{m} * {v}", "({m} + {f})", "np.sin({m})", "np.tanh({m})",
        "{M}.copy()", "np.zeros_like({M})", "np.zeros(m.shape)", "{M}[::-1]", "{M}[:, ::-1]",
        "np.outer({M}[:, {j}], {v})", "same({M})", "scaled({M}, {f})", "{M}.T.copy().T",
        "({m} if {c} else {m})", "np.where({m} > 0.2, {m}, {f})", "{M} * {M}[:, :1]",
        "np.ones(m.shape, dtype=np.float32)", "np.array({M})", "np.cumsum({m}, axis=1)",
    ],
    "i": ["{i} % 3", "({i} + 1) % 3", "k % 3", "2 - {i} % 3", "int({f} > 0.3)",
    "int({Q}[{j}]) % 3"],
    "q": ["np.arange(len(x))", "q.copy()", "{Q} % 3", "np.arange(len(x))[::-1]", "{Q} + q"],
    "z": ["np.array({f})", "np.zeros(())", "{V}[{j}, ...]", "np.array(0.5)"],
    "l": ["[{v}, {v}]", "[{V}, {V}]", "[same({V}), {v}, {V}]", "[{V} * a for a in (0.5, 1.5)]"],
    "d": ["{{'a': {V}, 'b': {f}}}", "{{'a': {v}, 'b': {f}}}", "dict(a={V}, b={f})"],
    "o": ["Cell({V}, {f})", "Cell({v}, {f})"],
    "t": ["({V}, {M})", "({v}, {m})"],
}  # fmt: skip

CONDITIONS = [
    "{f} > 0.13", "{f} < {f}", "-0.9 < {f} < 0.87", "not {f} > 0.4", "({f} < 0.7 and {f} > -0.6)",
    "({f} > 0.9 or k > 1)", "{i} > 1", "{v}.sum() > 0.21", "np.any({v} > 0.8)", "{i} % 2 == 0",
    "{V}[{i}] > 0.1", "k > 1",
]  # fmt: skip

PLACES: dict[str, list[str]] = {
    "v": ["{M}[{j}]", "{L}[0]", "{L}[-1]", "{D}['a']", "{O}.a", "{T}[0]", "{V}[:]", "{V}[::-1]"],
    "m": ["{T}[1]", "{M}[::-1]", "{M}[:]"],
}
"""What may be written to besides a name."""

SLICES = [
    ("1:", ":-1"), ("::2", "::2"), ("::-1", ":"), (":2", "1:3"), ("-2:", ":2"), ("1:-1", "2:"),
    ("1:-1", ":-2"), ("2::-1", ":3"), (":-1", "1:"), ("::-2", "::2"), ("...", "..."),
    ("None, 1:", "1:"), (":0", ":0"), ("0:1", "-1:"),
]  # fmt: skip

WRITES = [
    "{V}[{j}] {op} {f}", "{V}[{i}] {op} {f}", "{V}[{i}] = {f}", "{V}[-1] = {f}",
    "{V}[{i} - 1] {op} {f}", "{V}[{s1}] {op} {v}[{s2}]", "{V}[{s1}] = {v}[{s2}] * {f}",
    "{V}[{s}] {op} {f}", "{V}[...] = {v}", "{V}[:] = {f}", "{V} {op=} {v}", "{V} {op=} {f}",
    "{W} {op=} {v}", "{W} {op=} {f}", "{W}[1:-1] = {W}[1:-1] + 0.1 * ({W}[2:] - {W}[:-2])",
    "{M}[{j}, {i}] {op} {f}", "{M}[{i}][{j}] {op} {f}", "{M}[{j}] {op} {v}", "{M}[{i}] = {v}",
    "{M}[:, {j}] {op} {M}[:, {i}] * {f}", "{M}[{i}, {s1}] {op} {v}[{s2}]",
    "{M}[..., {j}] {op} {f}", "{M}[{j}, ...] = {v}", "{M} {op=} {m}", "{M} {op=} {v}",
    "{M}[::-1] {op} {m}", "{M}[1:, :-1] {op} {M}[:-1, 1:]", "{M}.T[...] {op} {f}",
    "{M}.T[{j}] {op} {f}", "{V}[None][0, {j}] = {f}", "{V}[None, :][:, 1:] {op} {v}[1:]",
    "{V}[[0, 2, 0]] {op} {f}", "{V}[[0, 2, 1]] = {v}[:3]", "{V}[q] {op} {v}", "{V}[q] = {v}",
    "{V}[{Q} % 3] {op} {v}", "{M}[[0, 2]] {op} {v}", "{M}[[0, 2], [1, 1]] {op} {f}",
    "{M}[[0, 0, 2], {j}] = {v}[:3]", "{V}[{v} > 0.2] {op} {f}", "{W}[{W} < 0.1] *= {f}",
    "{W}[{W} > 0.3] = {W}[{W} > 0.3] * {f}", "{M}[{m} > 0.3] *= {f}",
    "{W}[{j}], {W}[{i}] = {W}[{i}], {W}[{j}]", "{V}[{j}], {V}[{i}] = {f}, {f}",
    "np.add.at({V}, q, {v})", "np.subtract.at({V}, [0, 0, 2], {f})", "np.multiply.at({V}, q, {v})",
    "np.copyto({V}, {v})", "np.copyto({V}, {v}, where={v} > 0.2)", "{V}.fill({f})",
    "np.multiply({v}, {v}, out={V})", "np.sin({W}, out={W})", "np.add({v}, {f}, out={V})",
    "np.add({v}, {v}, out={V}, where={v} > 0.1)", "np.put({V}, [0, 1], {f})",
    "np.cumsum({v}, out={V})", "{Z}[...] = {f}", "{Z} {op=} {f}", "{Z}[()] {op} {f}",
    "np.fill_diagonal({M}, {f})", "{V}[1:][{j}] = {f}", "{V}.T[{j}] {op} {f}",
    "{V}.reshape(-1)[{j}] {op} {f}", "{V}.reshape(1, -1)[0, {j}] = {f}",
    "{V}[{i}] = {V}[{i} - 1] = {f}", "scaled({V}[1:], {f})", "scaled({M}, {f})",
    "bumped({V}, {f})", "swept({V}, {i})", "{Q}[{j}] {op+} {i}", "{Q} {op+} 1",
    "{D}['b'] {op} {f}", "{D}['a'] = {v}", "{O}.b {op} {f}", "{O}.a = {v}", "{O}.a[{j}] {op} {f}",
    "{O}.bump({f})", "{L}[0] = {v}", "{L}[0] {op=} {v}", "{L}[0], {L}[1] = {L}[1], {L}[0]",
    "{D}['a'][{s}] {op} {f}", "{T}[0][{j}] {op} {f}", "{T}[1][{j}] = {v}", "{F} {op} {f}",
    "{M}[{i}][1:] {op} {v}[:-1]", "np.negative({W}, out={W})", "{W} **= 2",
    "{M}[0], {M}[1] = {M}[1] * 1.0, {M}[0] * 1.0", "{V}[:2], {V}[2:4] = {f}, {v}[:2]",
]  # fmt: skip

BINDINGS = [
    "@v1 = {V}", "@v1 = {V}[:]", "@v1 = {V}[::-1]", "@v1 = {M}[{j}]", "@v1 = {M}[{i}, :]",
    "@v1 = {V}.reshape(-1)", "@v1 = np.ravel({V})", "@v1 = {M}.T[:, {j}]", "@v1 = {V}.ravel()",
    "@m1 = {M}", "@m1 = {M}[::-1]", "@m1 = {M}.T.T", "@m1 = {M}[:, ::-1]", "@m1 = np.asarray({M})",
    "@v1 = @v2 = {v}", "@v1, @v2 = {V}, {V}", "@v1, @v2 = traded({V}, {V})",
    "@v1, @m1 = {T}", "@v1, @v2 = {L}[:2]", "@v1 = {D}['a']", "@v1 = {O}.a", "@v1 = same({V})",
    "{W}, {W2} = {W2}, {W}", "{N} = {v}", "{N} = np.tanh({v})", "{F} = {f}",
    "@v1 = scaled({V}, {f})",
    "@v1 = np.zeros(len(x))", "@v1 = np.zeros(len(x), dtype=np.float32)", "@m1 = np.zeros(m.shape)",
    "@h1 = np.empty(len(x))\n@h1[:] = {f}\n@v1 = @h1", "@m1 = {M}.copy()", "@v1 = {V} * 1.0",
    "@v1 = {V}.astype(float)", "@v1 = {V}.flatten()", "@v1 = np.squeeze({V}[None])",
    "@m1 = np.array([{V}, {V}, {V}])", "@v1 = {V}[..., None][:, 0]",
    "@v1 = np.broadcast_to({f}, len(x)).copy()", "@v1 = np.array({V})",
    "@v1 = np.where({c}, {V}, {V})",
]  # fmt: skip

BLOCKS = [
    "for @i1 in range(3):\n{B}", "for @i1 in range(k):\n{B}", "for @i1 in range(1, len({V})):\n{B}",
    "for @i1 in range(2, -1, -1):\n{B}", "for @i1 in range(0, 3, 2):\n{B}",
    "for @i1 in range(-k):\n{B}", "for @i1 in range(min(k, 2)):\n{B}", "for @v1 in {M}:\n{B}",
    "for @i1, @v1 in enumerate({M}):\n{B}", "for @f1 in {v}:\n{B}",
    "for @i1, @f1 in enumerate({V}):\n{B}",
    "for @f1, @f2 in zip({v}, {V}):\n{B}", "for @v1, @f1 in zip({M}, {v}):\n{B}",
    "for @v1 in {L}:\n{B}", "for @v1 in ({V}, {V}):\n{B}", "for @f1 in (0.5, y, 1.5):\n{B}",
    "for @i1 in {Q} % 3:\n{B}", "for @i1 in reversed(range(3)):\n{B}",
    "for @i1 in range(3):\n    for @i2 in range(@i1):\n    {B}",
    "for @i1 in range(3):\n{B}\n    if {c}:\n        break\n{B}",
    "for @i1 in range(k):\n    if {c}:\n        continue\n{B}",
    "for @v1 in {M}:\n    if {c}:\n    {B}\n        continue\n{B}",
    "for @i1 in range(4):\n    if {c}:\n        break\n{B}\nelse:\n{B}",
    "@n1 = 0\nwhile @n1 < 3:\n    @n1 += 1\n{B}",
    "@n1 = 0\nwhile @n1 < 4 and {c}:\n    @n1 += 1\n{B}",
    "@n1 = 0\nwhile True:\n    @n1 += 1\n{B}\n    if @n1 > k or {c}:\n        break",
    "if {c}:\n{B}", "if {c}:\n{B}\nelse:\n{B}", "if {c}:\n{B}\nelif {c}:\n{B}\nelse:\n{B}",
    "with np.errstate(all='ignore'):\n{B}",



]  # fmt: skip

EXITS = ["if {c}:\n    return {R}", "if {c}:\n    {V}[{j}] = {f}\n    return {R}",
         "for @f1 in {v}:\n    if {c}:\n        return {R}\n    {V}[{j}] += @f1"]  # fmt: skip

PATTERNS = [
    # ping-pong
    "@v1 = {V}.copy()\n@v2 = np.zeros_like(@v1)\nfor @i1 in range(k):\n"
    "    @v2[:] = np.sin(@v1) * {f}\n    @v2[{s}] += {f}\n    @v1, @v2 = @v2, @v1",

    # sweeps
    "for @i1 in range(1, len({W})):\n    {W}[@i1] = np.tanh({W}[@i1 - 1]) * {f} + {W}[@i1]",
    "for @i1 in range(len({W}) - 2, 0, -1):\n    {W}[@i1] = ({W}[@i1 - 1] + {W}[@i1 + 1]) * 0.5",
    "for @n1 in range(3):\n    {W}[1:-1] += 0.2 * ({W}[2:] - 2 * {W}[1:-1] + {W}[:-2])\n"
    "    {W}[0] = {f}",
    "for @i1 in range(m.shape[0]):\n    for @i2 in range(m.shape[1]):\n"
    "        {M}[@i1, @i2] += np.sin({M}[@i1, @i2 - 1]) * {f}",
    "for @i1 in range(m.shape[0]):\n    {M}[@i1] = {v} * {M}[@i1 - 1]",
    # lists that grow
    "@h1 = []\nfor @i1 in range(3):\n    @h1.append({f})\n@f1 = sum(@h1)",
    "@h1 = []\nfor @i1 in range(3):\n    @h1.append({V})\n    {V}[{i}] {op} {f}\n"
    "@v1 = @h1[0] + @h1[-1]",
    "@h1 = [{f}]\nfor @i1 in range(k):\n    @h1.append(np.sin(@h1[-1]) + {f})\n"
    "@f1 = @h1[-1] * @h1[0]",
    "@v1 = np.array([{V}[a] * {f} for a in range(3)]).sum() * {v}",
    # functions of one's own
    "def @g1(a, s=0.5):\n    a[{j}] {op} s * {f}\n    return a\n@v1 = @g1({V})\n"
    "@v2 = @g1({V}, {f})",
    "def @g1(a, s):\n{B}\n    return a * s\n@v1 = @g1({V}, {f})",
    "@f1 = {f}\ndef @g1(a):\n    nonlocal @f1\n    @f1 = @f1 * a + {f}\n    {W}[{j}] = @f1\n"
    "    return @f1\n@f2 = @g1({f}) + @g1({f})",
    "@v1 = {v}\ndef @g1(a):\n    nonlocal @v1\n    @v1 = @v1 * a\n    @v1[{j}] = a\n"
    "@g1({f})\n@g1({f})",
    "@g1 = lambda a: {V}[{j}] * a\n{V}[{j}] {op} {f}\n@f1 = @g1({f})",
    "def @g1(n):\n    if n > 0:\n        {V}[n % 3] {op} {f}\n        @g1(n - 1)\n@g1({i})",
    "@f1 = 0\nfor @i1 in range(3):\n    @f1 += {f}",
    "@f1 = 0.0\nfor @f2 in {v}:\n    @f1 = @f1 + @f2 * {f}",
    "@h1 = 0\nfor @i1 in range(3):\n    @h1 = @h1 + {v}\n@v1 = @h1",
    "@z1 = np.zeros(())\nfor @f1 in {v}:\n    @z1 += @f1 * {f}",
    # one branch binds


    "@l1 = [{V}, {v}]\nfor @i1 in range(2):\n    @l1[@i1][{j}] {op} {f}",
    "@d1 = {{'a': {v}, 'b': {f}}}\nfor @i1 in range(k):\n    @d1['a'][{i}] {op} {f}\n"
    "    @d1['b'] += {f}",
    "@o1 = Cell({v}, {f})\nfor @i1 in range(k):\n    @o1.bump({f})\n    @o1.a = @o1.a * 0.5",
]  # fmt: skip

RARE = [
    "@v1 = first({V}, {V})",
    "{W} = {W2}",
    "@v1 = {V} if {c} else {V}",
    "{N} = {V} if {c} else {V}",
    "try:\n{B}\nfinally:\n{B}",
    "try:\n    {V}[{i} + 3 * k] = {f}\nexcept IndexError as error:\n{B}",
    "try:\n    @f1 = {V}[{j} + 5 * k]\nexcept IndexError:\n    @f1 = {f}\n{W}[0] = @f1",
    "if {c}:\n    @v1 = {V}\nelse:\n    @v1 = {v}\n@v1[{j}] {op} {f}",
    "@v1 = {V}\nif {c}:\n    @v1 = @v1 * 1.5\n@v1[{j}] {op} {f}",
    "@v1 = {V}\nfor @i1 in range(k):\n    @v1 = np.sin(@v1)\n    @v1[{i}] {op} {f}",
    "@v1, @v2 = {V}, {V}\nfor @i1 in range(3):\n    @v1[{i}] = {f}\n    @v1, @v2 = @v2, @v1",
    "{W} = first({V}, {V})", "{W}, {W2} = {V}, {V}",
]  # fmt: skip
"""What often makes it unknown which arrays are the same, or what a `try` has done."""
