"""Source-to-source automatic differentiation of Python and NumPy functions."""

from s2sad.api import (
    grad,
    hessian,
    hvp,
    jacfwd,
    jacobian,
    jacrev,
    jvp,
    stop_gradient,
    value_and_grad,
    vjp,
)
from s2sad.custom import checkpoint, custom_jvp, custom_vjp
from s2sad.errors import (
    ArgumentError,
    ArgumentIndexError,
    BackendMissing,
    CheckFailed,
    InternalError,
    NoRule,
    NumPyUsed,
    OutputError,
    S2SADError,
    SourceUnavailable,
    Unsupported,
)
from s2sad.rules.declaration import elementwise, rule
from s2sad.version import __version__

__all__ = [
    "ArgumentError",
    "ArgumentIndexError",
    "BackendMissing",
    "CheckFailed",
    "InternalError",
    "NoRule",
    "NumPyUsed",
    "OutputError",
    "S2SADError",
    "SourceUnavailable",
    "Unsupported",
    "__version__",
    "checkpoint",
    "custom_jvp",
    "custom_vjp",
    "elementwise",
    "grad",
    "hessian",
    "hvp",
    "jacfwd",
    "jacobian",
    "jacrev",
    "jvp",
    "rule",
    "stop_gradient",
    "value_and_grad",
    "vjp",
]
