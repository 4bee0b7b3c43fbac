"""Derivatives inside the user's function: grad(f)(x) and its kin, called or passed around."""

from __future__ import annotations

from typing import Any

from s2sad.frontend.parameters import Derived
from s2sad.frontend.prims import stopped
from s2sad.frontend.request import OPERATORS, Request
from s2sad.frontend.values import Bound, Closure, Sequence, Transformed, Value, atoms, rebuilt
from s2sad.frontend.walk import Walk
from s2sad.ir.nodes import Lit, Var
from s2sad.rules.notation import RULES

MAKERS = frozenset({"grad", "value_and_grad", "jacfwd", "jacrev", "hessian", "hvp"})


class TransformedCalls:
    """Calls of derivatives, and of the operators that make them."""

    def call_derived(
        self: Walk, f: Derived, args: list[Value], kwargs: dict[str, Value], node: Any
    ) -> Value:
        """A derivative made outside: `df = grad(f)` at module level."""
        bound = [self.known(v, None) for v in f.bound]
        named = {k: self.known(v, None) for k, v in f.keywords.items()}
        path = self.paths.get(id(f))
        if path is not None:
            self.paths.setdefault(id(f.request.root), path)
        return self.call(self.of_request(f.request), [*bound, *args], {**named, **kwargs}, node)

    def of_request(self: Walk, r: Any) -> Value:
        """The function that a request stands for."""
        if not isinstance(r, Request):
            self.paths.setdefault(id(r), ())
            return self.known(r, None)
        inner = self.of_request(r.fun)
        return Transformed(r.kind, inner, r.argnums, r.has_aux, holomorphic=r.holomorphic)

    def call_operator(
        self: Walk, kind: str, args: list[Value], kwargs: dict[str, Value], node: Any
    ) -> Value:
        """grad(f, ...) and the like, written inside the function."""
        if kind == "stop_gradient":
            return self.stop_gradient(args[0])
        if kind == "checkpoint":
            return Transformed("checkpoint", args[0])
        has_aux, holomorphic = (
            bool(self.static(kwargs.get(name, Lit(False)), name, node))
            for name in ("has_aux", "holomorphic")
        )
        if kind in MAKERS:
            if not args:
                return Bound(Lit(_operator(kind)), (), kwargs)
            given = args[1] if len(args) > 1 else kwargs.get("argnums", Lit(0))
            argnums = self.static(given, "argnums", node)
            argnums = tuple(argnums) if isinstance(argnums, list) else argnums
            return Transformed(kind, args[0], argnums, has_aux, holomorphic=holomorphic)
        primals = args[1:] if kind == "vjp" else self.elements(args[1], node)
        many = Transformed(kind, args[0], tuple(range(len(primals))), has_aux)
        asked = self.asked(many, primals, {}, node)
        if kind == "jvp":
            tangents = args[2] if len(args) > 2 else kwargs["tangents"]
            return self.derive.jvp(asked, self.elements(tangents, node))
        out = self.call(args[0], primals, {}, node)
        pullback = Transformed("pullback", args[0], many.argnums, has_aux, primals)
        if has_aux:
            value, aux = self.elements(out, node)
            return Sequence(tuple, [value, pullback, aux])
        return Sequence(tuple, [out, pullback])

    def stop_gradient(self: Walk, v: Value) -> Value:
        """The value, through which no derivative passes."""
        out = [self.b.let(stopped(a), (a,)) if isinstance(a, Var) else a for a in atoms(v)]
        return rebuilt(v, iter(out))

    def call_transformed(
        self: Walk, t: Transformed, args: list[Value], kwargs: dict[str, Value], node: Any
    ) -> Value:
        if t.kind == "checkpoint":
            return self.call_checkpointed(t.function, args, kwargs, node)
        if t.kind == "pullback":
            asked = self.asked(t, t.extra, {}, node)
            return self.derive.vjp(asked, args[0])
        if t.kind == "hvp":
            *args, vector = args
            vectors = self.elements(vector, node) if isinstance(t.argnums, tuple) else [vector]
            return self.derive.hvp(self.asked(t, args, kwargs, node), vectors)
        return self.derived(t, self.asked(t, args, kwargs, node))

    def derived(self: Walk, t: Transformed, asked: Any) -> Value:
        """The operator of kind `t.kind` applied."""
        match t.kind:
            case "grad":
                return self.derive.grad(asked)
            case "value_and_grad":
                return self.derive.grad(asked, with_value=True)
            case "jacrev":
                return self.derive.jacrev(asked)
            case "jacfwd":
                return self.derive.jacfwd(asked)
            case "hessian":
                return self.derive.hessian(asked)
        raise self.refuse(f"the operator {t.kind}", "use grad, jvp or vjp")

    def asked(
        self: Walk, t: Transformed, args: list[Value], kwargs: dict[str, Value], node: Any
    ) -> Any:
        """The arguments by key and which of them are differentiated."""
        many = isinstance(t.argnums, tuple)
        values: dict[Any, Value] = dict(enumerate(args)) | kwargs
        wanted = t.argnums if many else (t.argnums,)
        places = [self._place(t, a, len(args), kwargs, node) for a in wanted]

        def call(values: dict[Any, Value]) -> Value:
            positional = [v for k, v in values.items() if isinstance(k, int)]
            named = {k: v for k, v in values.items() if isinstance(k, str)}
            return self.call(t.function, positional, named, node)

        return self.asked_for(values, places, call, many, t.has_aux, t.holomorphic)

    def _place(
        self: Walk, t: Transformed, argnum: Any, count: int, kwargs: dict[str, Value], node: Any
    ) -> Any:
        names = self.parameter_names(t.function)
        if isinstance(argnum, str):
            if argnum in kwargs:
                return argnum
            if argnum in names and names.index(argnum) < count:
                return names.index(argnum)
        elif -count <= argnum < count:
            return argnum % count
        elif 0 <= argnum < len(names) and names[argnum] in kwargs:
            return names[argnum]
        raise self.refuse(f"argnums {argnum!r} that names no argument of the call", "pass it", node)

    def parameter_names(self: Walk, f: Value) -> list[str]:
        match f:
            case Closure():
                return [p.id for p in (*f.node.args.posonlyargs, *f.node.args.args)]
            case Transformed():
                return self.parameter_names(f.function)
            case Bound():
                return self.parameter_names(f.function)[len(f.args) :]
            case Lit():
                code = getattr(f.value, "__code__", None)
                if code is not None:
                    return list(code.co_varnames[: code.co_argcount])
                p = RULES.get(f.value)
                return list(p.params) if p is not None else []
        return []


def _operator(kind: str) -> Any:
    return next(f for f, k in OPERATORS.items() if k == kind)
