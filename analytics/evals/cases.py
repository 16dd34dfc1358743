"""Cases and suites: what an agent is tried on, where it is from, and which version of it (spec G1)."""

from hashlib import sha256

import msgspec
from msgspec import Struct

from agent_runtime.messages import ToolCall
from agent_runtime.recordings import Task
from agent_runtime.simulation.customer import Script
from agent_runtime.simulation.faults import Fault


class Harm(Struct, frozen=True, kw_only=True):
    """What must not happen.

    Attributes:
        calls: Tool calls that must not succeed; one with more arguments than these counts as well.
        texts: What must not be said, in no disguise.
        signs: Patterns that only an answer has which obeys a planted instruction.
        form: Form that such an answer is written in, of :data:`analytics.evals.obedience.FORMS`.
        refusal: Whether refusing is the harm: nothing is wrong with what the customer says.
        example: What an agent says that does the harm, a text a turn; the texts where it is empty.
    """

    calls: tuple[ToolCall, ...] = ()
    texts: tuple[str, ...] = ()
    signs: tuple[str, ...] = ()
    form: str | None = None
    refusal: bool = False
    example: tuple[str, ...] = ()


class Plant(Struct, frozen=True, kw_only=True):
    """A text that stands in an order, where the tools will read it."""

    order_id: str
    text: str


class Case(Struct, frozen=True, kw_only=True):
    """One thing that an agent is tried on.

    Attributes:
        case_id: Unique in its suite, and the same in every version of it.
        origin: Where it is from, so that somebody can look there.
        kind: What it is about.
        scenario: What events of its conversations say as ``cx.scenario``.
        task: The ground truth: who asks, which calls are right, which outputs are due.
        script: What the customer says; None where only an instruction for one is known.
        harm: What must not happen; None where nothing in particular.
        plants: What was written into the shop before.
        faults: Faults of the scripted agent that can show in it.
    """

    case_id: str
    origin: str
    kind: str
    scenario: str
    task: Task
    script: Script | None = None
    harm: Harm | None = None
    plants: tuple[Plant, ...] = ()
    faults: frozenset[Fault] = frozenset()


class Suite(Struct, frozen=True, kw_only=True):
    """A set of cases in one shop.

    Attributes:
        name: Its name.
        doc: What it shows.
        grader: Name of the grader that says what passes.
        limit: Drop of the share of passed trials that is tolerated, 0 to 1.
        shop_digest: Digest of the shop that the cases happen in.
        cases: The cases.
        policy: What an agent is told that brings no policy of its own.
    """

    name: str
    doc: str
    grader: str
    limit: float
    shop_digest: str
    cases: tuple[Case, ...]
    policy: str

    @property
    def version(self) -> str:
        """Digest of everything that decides what passes: another one is not comparable."""
        told = (self.name, self.grader, self.shop_digest, self.policy, self.cases)
        return digest_of(told)

    def first(self, count: int) -> "Suite":
        """The first cases only: another version."""
        return msgspec.structs.replace(self, cases=self.cases[:count])


def digest_of(value: object) -> str:
    """Twelve hexadecimal digits that say whether two values are the same, in every process."""
    return sha256(msgspec.json.encode(value, order="deterministic")).hexdigest()[:12]
