"""Functions of NumPy and SciPy that have no derivative here: why, and what to write instead.

A function of these lists may be called with data.  Where its result would carry a derivative, the
compiler says what stands here.  `docs/supported.md` shows the lists; a name that gets a rule is
taken off them.
"""

from __future__ import annotations

import sys
from functools import cache
from typing import Any, NamedTuple


class Refusal(NamedTuple):
    """Why the functions of a list have no derivative, and what to do instead.

    reason completes "there is no derivative rule for loadtxt, ..."; names are as code writes them.
    """

    reason: str
    advice: str
    names: str


REFUSED: tuple[Refusal, ...] = (
    Refusal(
        "which reads or writes a file or raw memory",
        "read before the function, and pass the array; write after it",
        """np.fromfile np.fromregex np.genfromtxt np.load np.loadtxt np.save np.savetxt np.savez
        np.savez_compressed np.memmap np.frombuffer np.from_dlpack np.fromstring
        ndarray.tofile ndarray.dump ndarray.dumps ndarray.tobytes""",
    ),
    Refusal(
        "which makes or reads a text",
        "keep the numbers as they are, and make texts only to print them",
        """np.array2string np.array_repr np.array_str np.format_float_positional
        np.format_float_scientific np.base_repr np.binary_repr np.info np.typename""",
    ),
    Refusal(
        "whose precision no derivative is checked in",
        "compute in float64 or float32",
        "np.float16 np.longdouble np.clongdouble",
    ),
    Refusal(
        "which reports on NumPy itself",
        "call it outside of the function",
        "np.show_config np.show_runtime",
    ),
    Refusal(
        "which works on dates",
        "compute with floating numbers of days or seconds",
        """np.busday_count np.busday_offset np.is_busday np.busdaycalendar np.datetime_as_string
        np.datetime_data np.datetime64 np.timedelta64 np.isnat""",
    ),
    Refusal(
        "which works on the bits of integers",
        "use it on data alone",
        "np.packbits np.unpackbits",
    ),
    Refusal(
        "which makes objects, whose arithmetic has no derivative",
        "write the function with np.vectorize or with NumPy's own functions",
        "np.frompyfunc np.object_",
    ),
    Refusal(
        "which makes a matrix or record, whose operators differ from those of arrays",
        "use two-dimensional arrays and the operator @",
        "np.asmatrix np.bmat np.matrix np.recarray np.record np.rec.array np.rec.fromarrays",
    ),
    Refusal(
        "which takes the memory of an array for that of other numbers",
        "convert with astype",
        """ndarray.view ndarray.byteswap ndarray.getfield ndarray.setfield ndarray.base
        ndarray.ctypes ndarray.data ndarray.setflags ndarray.to_device""",
    ),
    Refusal(
        "which says how an array lies in memory",
        "ask for it outside of the function",
        "ndarray.strides ndarray.flags",
    ),
    Refusal(
        "which changes the size of an array that others may hold",
        "use np.resize or np.concatenate, which make a new array",
        "ndarray.resize",
    ),
    Refusal(
        "which leaves the order of what it returns open, or returns a named tuple",
        "use np.unique with return_index=, return_inverse= or return_counts=",
        "np.unique_values np.unique_inverse np.unique_counts np.unique_all",
    ),
    Refusal(
        "whose elements depend on how an array lies in memory",
        "use np.lib.stride_tricks.sliding_window_view, or an index",
        "np.lib.stride_tricks.as_strided",
    ),
    Refusal(
        "which makes an object that stands for a polynomial",
        "keep the coefficients in an array, for np.polyval or the functions of numpy.polynomial",
        """np.poly1d np.polynomial.polynomial.Polynomial np.polynomial.chebyshev.Chebyshev
        np.polynomial.legendre.Legendre np.polynomial.hermite.Hermite
        np.polynomial.hermite_e.HermiteE np.polynomial.laguerre.Laguerre""",
    ),
    Refusal(
        "whose roots are complex and come in no order that lasts",
        "find the root by Newton's method, and give it a derivative with s2sad.custom",
        """np.roots np.polynomial.polynomial.polyroots np.polynomial.chebyshev.chebroots
        np.polynomial.legendre.legroots np.polynomial.hermite.hermroots
        np.polynomial.hermite_e.hermeroots np.polynomial.laguerre.lagroots""",
    ),
    Refusal(
        "which steps through memory in an order of its own",
        "loop with for over the array, np.ndindex or np.ndenumerate",
        "np.nditer np.nested_iters",
    ),
    Refusal(
        "which is of whole numbers",
        "write special.gamma(n + 1.0) for a factorial, special.binom for a number of combinations,"
        " special.poch(n - k + 1.0, k) for one of permutations",
        """special.comb special.perm special.factorial special.factorial2 special.factorialk
        special.stirling2 special.bernoulli special.euler""",
    ),
    Refusal(
        "which makes the nodes and weights of a quadrature",
        "call it outside of the function, and use its nodes and weights as data",
        """special.roots_chebyc special.roots_chebys special.roots_chebyt special.roots_chebyu
        special.roots_gegenbauer special.roots_genlaguerre special.roots_hermite
        special.roots_hermitenorm special.roots_jacobi special.roots_laguerre
        special.roots_legendre special.roots_sh_chebyt special.roots_sh_chebyu
        special.roots_sh_jacobi special.roots_sh_legendre special.c_roots special.cg_roots
        special.h_roots special.he_roots special.j_roots special.js_roots special.l_roots
        special.la_roots special.p_roots special.ps_roots special.s_roots special.t_roots
        special.ts_roots special.u_roots special.us_roots""",
    ),
    Refusal(
        "which makes a table of zeros, as data",
        "call it outside of the function",
        """special.ai_zeros special.bei_zeros special.beip_zeros special.ber_zeros
        special.berp_zeros special.bi_zeros special.erf_zeros special.fresnel_zeros
        special.fresnelc_zeros special.fresnels_zeros special.jn_zeros special.jnjnp_zeros
        special.jnp_zeros special.jnyn_zeros special.kei_zeros special.keip_zeros
        special.kelvin_zeros special.ker_zeros special.kerp_zeros special.y0_zeros
        special.y1_zeros special.y1p_zeros special.yn_zeros special.ynp_zeros""",
    ),
    Refusal(
        "which makes a polynomial as an object",
        "write special.eval_legendre(n, x) and the like, which evaluate it",
        """special.chebyc special.chebys special.chebyt special.chebyu special.gegenbauer
        special.genlaguerre special.hermite special.hermitenorm special.jacobi special.laguerre
        special.legendre special.sh_chebyt special.sh_chebyu special.sh_jacobi
        special.sh_legendre""",
    ),
    Refusal(
        "which fills a table with functions of all orders",
        "call the function of one order, such as special.spherical_jn or special.eval_legendre",
        """special.lmbda special.lqmn special.lqn special.pbdn_seq special.pbdv_seq
        special.pbvv_seq special.riccati_jn special.riccati_yn special.legendre_p_all
        special.assoc_legendre_p_all special.sph_legendre_p_all special.sph_harm_y_all
        special.pro_cv_seq special.obl_cv_seq special.mathieu_even_coef
        special.mathieu_odd_coef""",
    ),
    Refusal(
        "whose derivative has no formula that holds in its whole domain",
        "write special.eval_legendre(n, x), or special.eval_gegenbauer(n - m, m + 0.5, x) for the"
        " polynomial in an associated one",
        "special.legendre_p special.assoc_legendre_p special.sph_legendre_p special.lpmv",
    ),
    Refusal(
        "which is a function of complex numbers",
        "for W(z) with z > 0 write special.wrightomega(np.log(z)); declare a rule for others",
        """special.lambertw special.wofz special.voigt_profile special.hankel1 special.hankel1e
        special.hankel2 special.hankel2e special.h1vp special.h2vp special.kelvin
        special.modfresnelm special.modfresnelp special.sph_harm_y""",
    ),
    Refusal(
        "whose derivative is no function of scipy.special",
        "declare one with @s2sad.rule(f), or solve the equation of the function it inverts",
        """special.bdtrik special.bdtrin special.btdtria special.btdtrib special.chdtriv
        special.chndtr special.chndtridf special.chndtrinc special.chndtrix special.fdtridfd
        special.gdtrib special.nbdtrik special.nbdtrin special.ncfdtr special.ncfdtri
        special.ncfdtridfd special.ncfdtridfn special.ncfdtrinc special.nctdtr
        special.nctdtridf special.nctdtrinc special.nctdtrit special.pdtrik special.stdtridf
        special.kolmogorov special.kolmogi special.smirnov special.smirnovi special.zetac
        special.elliprj special.ellip_harm special.ellip_harm_2 special.ellip_normal
        special.obl_ang1 special.obl_ang1_cv special.obl_cv special.obl_rad1
        special.obl_rad1_cv special.obl_rad2 special.obl_rad2_cv special.pro_ang1
        special.pro_ang1_cv special.pro_cv special.pro_rad1 special.pro_rad1_cv
        special.pro_rad2 special.pro_rad2_cv""",
    ),
    Refusal(
        "whose values SciPy gives to few digits",
        "integrate special.airy by a quadrature of your own",
        "special.itairy",
    ),
    Refusal(
        "which reports on errors of SciPy",
        "call it outside of the function",
        "special.geterr special.seterr",
    ),
    Refusal(
        "whose result jumps where its parameters change",
        "draw from a continuous distribution; or wrap the parameters in s2sad.stop_gradient, and"
        " add the derivative of the logarithm of the probability yourself",
        """np.random.Generator.binomial np.random.Generator.geometric
        np.random.Generator.hypergeometric np.random.Generator.logseries
        np.random.Generator.multinomial np.random.Generator.multivariate_hypergeometric
        np.random.Generator.negative_binomial np.random.Generator.poisson
        np.random.Generator.zipf np.random.Generator.integers""",
    ),
    Refusal(
        "whose derivatives in the parameters are not stated",
        "draw with methods whose derivatives are, or wrap the parameters in s2sad.stop_gradient",
        "np.random.Generator.noncentral_chisquare np.random.Generator.noncentral_f",
    ),
    Refusal(
        "which compares sets, and jumps where equal numbers come apart",
        "use np.unique of np.concatenate([a, b]), a[~np.isin(a, b)] or a[np.isin(a, b)]",
        "np.union1d np.intersect1d np.setdiff1d np.setxor1d",
    ),
    Refusal(
        "for which another function stands",
        "use np.vstack, np.sort, or the function called with np.indices",
        "np.row_stack np.sort_complex np.fromfunction",
    ),
    Refusal(
        "which is the same for all arrays of NumPy",
        "leave it out",
        "ndarray.device",
    ),
)
"""Every refusal that has a reason of its own."""


def qualified(function: Any) -> str | None:
    """The name under which the lists have a function, None where they do not have it.

    What makes an object of a class, `recarray.__new__`, stands there as the class.
    """
    name = getattr(function, "__qualname__", "") or getattr(function, "__name__", "")
    *owner, last = name.split(".")
    made = last == "__new__" and bool(owner)
    for name in _by_last_name().get(owner[-1] if made else last, ()):
        found = _resolved(name)
        if (getattr(found, "__new__", None) if made else found) is function:
            return name
    return None


def refusal(function: Any) -> Refusal | None:
    """Why a function is refused, None where there is no reason but a missing rule.

    function: the function itself, or its name as the lists have it (`ndarray.view`).
    """
    name = function if isinstance(function, str) else qualified(function)
    return _by_name().get(name) if name is not None else None


@cache
def _by_name() -> dict[str, Refusal]:
    return {name: r for r in REFUSED for name in r.names.split()}


@cache
def _by_last_name() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name in _by_name():
        found.setdefault(name.rpartition(".")[2], []).append(name)
    return found


_MODULES = {"np": "numpy", "special": "scipy.special"}


def _resolved(name: str) -> Any:
    """What stands under a name, in modules that are loaded; None where nothing does."""
    first, *rest = name.split(".")
    found: Any = sys.modules.get(_MODULES.get(first, first))
    for part in rest:
        found = getattr(found, part, None)
    return found
