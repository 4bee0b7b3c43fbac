"""One expression for each name that has neither rule nor definition and yet is supported.

The names in an expression are those of `tests/one_liners.py`; a test differentiates each.
"""

from __future__ import annotations

DERIVATIVE: dict[str, str] = {
    "np.unique": "np.unique(x) * y",
    "np.r_": "np.r_[x, s] * s",
    "np.c_": "np.c_[x, y]",
    "np.vectorize": "np.vectorize(lambda a, b: a * b + a)(x, y)",
    "np.ndindex": "sum([x[i] ** 2 for i in np.ndindex(6)])",
    "np.ndenumerate": "sum([v * i[0] for i, v in np.ndenumerate(x)])",
    "np.fromiter": "np.fromiter((v for v in x), float) * y",
    "ndarray.conj": "x.conj() * y",
    "ndarray.conjugate": "x.conjugate() * y",
    "ndarray.flat": "x.flat[2] * y",
    "ndarray.item": "x.item(2) * x.item(-1)",
    "ndarray.tolist": "sum(x.tolist()) * y",
}
"""With a derivative, by other means than a rule of its own."""

ELSEWHERE: dict[str, str] = {"np.errstate": "tests/corpus/control.py"}
"""Statements are followed that use these; the programs of a file show it."""

DATA: dict[str, str] = {
    "np.bartlett": "x * np.bartlett(6)",
    "np.blackman": "x * np.blackman(6)",
    "np.hamming": "x * np.hamming(6)",
    "np.hanning": "x * np.hanning(6)",
    "np.unravel_index": "x * np.unravel_index(5, (2, 3))[1]",
    "np.broadcast_shapes": "x * len(np.broadcast_shapes((3, 1), (1, 4)))",
    "np.can_cast": "x * (2.0 if np.can_cast(np.int32, np.float64) else 1.0)",
    "np.common_type": "x * (2.0 if np.common_type(x) is np.float64 else 1.0)",
    "np.finfo": "x / np.sqrt(np.finfo(np.float64).eps) * 1e-8",
    "np.iinfo": "x * (2.0 if np.iinfo(np.int32).max > 7 else 1.0)",
    "np.get_include": "x * (2.0 if np.get_include() else 1.0)",
    "np.get_printoptions": "x * (2.0 if np.get_printoptions() else 1.0)",
    "np.getbufsize": "x * (2.0 if np.getbufsize() > 0 else 1.0)",
    "np.geterr": "x * (2.0 if np.geterr() else 1.0)",
    "np.printoptions": "x * (2.0 if np.printoptions(precision=3) else 1.0)",
    "np.set_printoptions": "x * (2.0 if np.set_printoptions(precision=8) is None else 1.0)",
    "np.setbufsize": "x * (2.0 if np.setbufsize(8192) else 1.0)",
    "np.seterr": "x * (2.0 if np.seterr() else 1.0)",
    "np.seterrcall": "x * (2.0 if np.seterrcall(None) is None else 1.0)",
    "np.index_exp": "x[np.index_exp[1:3]]",
    "np.mgrid": "x[:2] * np.mgrid[0:2]",
    "np.ogrid": "x[:2] * np.ogrid[0:2]",
    "np.s_": "x[np.s_[1:3]]",
    "np.geterrcall": "x * (2.0 if np.geterrcall() is None else 1.0)",
    "np.iscomplexobj": "x * (2.0 if np.iscomplexobj(x) else 1.0)",
    "np.isdtype": "x * (2.0 if np.isdtype(x.dtype, 'real floating') else 1.0)",
    "np.isfortran": "X * (2.0 if np.isfortran(X) else 1.0)",
    "np.isrealobj": "x * (2.0 if np.isrealobj(x) else 1.0)",
    "np.isscalar": "x * (2.0 if np.isscalar(s) else 1.0)",
    "np.issubdtype": "x * (2.0 if np.issubdtype(x.dtype, np.floating) else 1.0)",
    "np.iterable": "x * (2.0 if np.iterable(x) else 1.0)",
    "np.mask_indices": "A[np.mask_indices(4, np.triu)]",
    "np.may_share_memory": "x * (2.0 if np.may_share_memory(x, y) else 1.0)",
    "np.shares_memory": "x * (2.0 if np.shares_memory(x, y) else 1.0)",
    "np.min_scalar_type": "x * (2.0 if np.min_scalar_type(10) == np.uint8 else 1.0)",
    "np.mintypecode": "x * (2.0 if np.mintypecode('fd') == 'd' else 1.0)",
    "np.ndim": "x * np.ndim(X)",
    "np.nonzero": "x[np.nonzero(x > 0.0)]",
    "np.flatnonzero": "x[np.flatnonzero(x > 0.0)]",
    "np.promote_types": "x * (2.0 if np.promote_types('i4', 'f4') == np.float64 else 1.0)",
    "np.shape": "x * np.shape(X)[0]",
    "np.size": "x * np.size(X)",
}
"""As data."""
