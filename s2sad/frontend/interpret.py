"""Function to IR: the user's code, interpreted over types instead of values.

The tree is walked as Python would run it.  What is known at compile time (functions, strings,
shapes of containers) is computed at once; what is not becomes a statement of the IR.  Both ways
of a branch that depends on data are walked and joined; the body of a loop is walked until the
types of what it carries are stable.  Rule bodies are inlined by the same walk.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from s2sad.errors import Location, S2SADError, Unsupported
from s2sad.frontend.after_loops import AfterLoops
from s2sad.frontend.alternatives import Alternatives
from s2sad.frontend.application import Application
from s2sad.frontend.attributes import Attributes
from s2sad.frontend.branches import Branches
from s2sad.frontend.build import Builder
from s2sad.frontend.builtins import Builtins
from s2sad.frontend.calls import Calls
from s2sad.frontend.captures import Capture
from s2sad.frontend.carried import CarriedValues
from s2sad.frontend.choices import Choices
from s2sad.frontend.comprehensions import Comprehensions
from s2sad.frontend.construction import Construction
from s2sad.frontend.containers import Containers
from s2sad.frontend.contexts import Contexts
from s2sad.frontend.custom import CustomCalls
from s2sad.frontend.draws import Draws
from s2sad.frontend.expressions import Expressions
from s2sad.frontend.fixed import Sets
from s2sad.frontend.followed import Follows
from s2sad.frontend.generators import Generators
from s2sad.frontend.growing import GrowingLists
from s2sad.frontend.growing_methods import GrowingMethods
from s2sad.frontend.identity import Identities
from s2sad.frontend.instances import Instances
from s2sad.frontend.items import ListItems
from s2sad.frontend.iteration import Iteration
from s2sad.frontend.journal import Journals, Log, Region
from s2sad.frontend.loops import Loops
from s2sad.frontend.matches import Matches
from s2sad.frontend.memory import Memory, Objects
from s2sad.frontend.onetime import OneTime
from s2sad.frontend.opaque import OpaqueCalls
from s2sad.frontend.operations import Operations
from s2sad.frontend.outline import Outline
from s2sad.frontend.rooms import MakingRoom
from s2sad.frontend.rows import Rows
from s2sad.frontend.same_arrays import SameArrays
from s2sad.frontend.specials import Specials
from s2sad.frontend.statements import Statements
from s2sad.frontend.transformed import TransformedCalls
from s2sad.frontend.tries import Tries
from s2sad.frontend.ufuncs import Ufuncs
from s2sad.frontend.values import Frame
from s2sad.frontend.writes import Writes
from s2sad.ir.nodes import Function, Var


class Interpreter(
    Statements,
    Expressions,
    Comprehensions,
    Branches,
    Loops,
    Matches,
    Contexts,
    Tries,
    OneTime,
    Generators,
    CarriedValues,
    Choices,
    Iteration,
    Calls,
    OpaqueCalls,
    Draws,
    TransformedCalls,
    CustomCalls,
    Outline,
    Builtins,
    Containers,
    Operations,
    Application,
    Attributes,
    Instances,
    Construction,
    Specials,
    Sets,
    Objects,
    Alternatives,
    Follows,
    Rows,
    SameArrays,
    AfterLoops,
    Journals,
    Identities,
    Writes,
    Ufuncs,
    GrowingLists,
    GrowingMethods,
    ListItems,
    MakingRoom,
):
    """One walk over a function and all it calls; the statements go to `b`."""

    if TYPE_CHECKING:  # `Walk`, as which the parts see each other, leaves most methods open

        def __getattr__(self, name: str) -> Any: ...

    def __init__(self, builder: Builder) -> None:
        self.b = builder
        self.frame: Any = None  # of the function being walked
        self.calls: list[Any] = []  # code of the functions being walked, outermost first
        self.functions: dict[str, Function] = {}  # compiled apart, callees first
        self.outlined: dict[Any, Any] = {}
        self.compiling: list[Any] = []  # of these, those in the making
        self.captures: dict[Any, Capture] = {}
        self.paths: dict[int, Any] = {}
        self.alive: list[object] = []  # keeps the objects in `paths`, which knows them by id
        self.bindings: dict[str, object] = {}
        self.parameters: dict[Var, str] = {}  # leaves of the call signature
        self.unnamed: dict[Var, Var | None] = {}  # leaves inside arguments, and what they stand for
        self.indices: set[Var] = set()  # of loops
        self.loop_depth = 0  # loops around that are not unrolled
        self.changing = ""  # the name whose type changed last
        self.frames: list[Frame] = []  # of the functions being walked
        self.given: set[Var] = set()  # tangents and cotangents that the caller hands in
        self.memory = Memory()
        self.journals: list[Log] = []
        self.touched: list[Any] = []  # every change so far: of which place, after how many names
        self.pairs_joined: dict[Any, Var] = {}  # by the branch being joined
        self.recursive: set[Any] = set()  # code of functions that call themselves
        self.in_progress: set[str] = set()
        self.customs: dict[str, Any] = {}  # uses of functions with derivatives of their own
        self.checkpoints: dict[Any, str] = {}  # names of their adjoints
        self.pairs: dict[str, Any] = {}  # adjoints of functions compiled apart
        self.derive: Any = None  # the operators, given by the pipeline
        self.asked_for: Any = None
        self.start_control()
        self.start_containers()
        builder.current, builder.origin = self.current, self.origin

    def start_control(self) -> None:
        """Nothing is being tried, generated or run through yet."""
        self.generators: list[Any] = []  # being walked: frame and receiver of each
        self.sets: dict[int, Any] = {}  # known ones: where they are made, by identity
        self.tries: list[int] = []  # around: how conditional the body of each is
        self.handling: list[Any] = []  # the exceptions whose handlers are being walked
        self.comprehensions: list[Any] = []  # the frames of those being walked
        self.evaluated: dict[int, Any] = {}  # iterables of comprehensions, by node
        self.used_up: set[Any] = set()  # what could be run through once, and was
        self.lazy_depths: dict[Any, int] = {}  # of the loops in which zip, map and so on were made
        self.caught_warnings = 0  # depth of warnings.catch_warnings
        self.raising_floats = 0  # depth of np.errstate that raises

    def start_containers(self) -> None:
        """No container has been made yet."""
        self.foreign = object()  # the region of containers from outside the function
        self.handed: object = Region()  # the region of containers that are arguments
        self.containers: list[Any] = []  # those, with path and contents
        self.changes_arguments = False  # whether one of them is changed
        self.frozen: list[Any] = []  # containers that are changed no more, and how they were
        self.merges: dict[Any, Any] = {}  # containers joined by the branch being joined
        self.adoptions: dict[int, Any] = {}  # and those that it took over from its only way
        self.region: Any = Region()  # where the containers of this stretch are made

    def location(self, node: Any) -> Location | None:
        """Where a node stands in the user's file; nothing for rule bodies."""
        source = self.frame.source if self.frame is not None else None
        if source is None or not hasattr(node, "lineno"):
            return self.b.at
        found: Location = source.location(node)
        return found

    def refuse(self, what: str, instead: str, node: Any = None) -> S2SADError:
        """The error for a construct that is not supported, to be raised."""
        return Unsupported(what, instead, self.location(node) if node is not None else self.b.at)
