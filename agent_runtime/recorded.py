"""What a recorded conversation consists of."""

from pathlib import Path
from typing import Final

from msgspec import Struct

from agent_runtime.messages import ToolCall

STOP: Final = "###STOP###"
"""What the recorded customer says to leave."""


class CustomerTurn(Struct, frozen=True, kw_only=True):
    """What the customer said.

    Attributes:
        raw: As recorded.
        text: Without the marker that ends a conversation.
        stops: Whether the marker was there.
    """

    raw: str
    text: str
    stops: bool


class AgentText(Struct, frozen=True, kw_only=True):
    """A text to the customer, and what an inner agent thought before it."""

    text: str
    thoughts: tuple[str, ...] = ()


class AgentCall(Struct, frozen=True, kw_only=True):
    """A tool call with the answer as recorded.

    Attributes:
        call: The call; its id is made up where the record has none.
        observation: What the record says that the tool answered.
        text: What the agent said beside the call; the customer did not see it.
        thoughts: What an inner agent thought before it.
    """

    call: ToolCall
    observation: str
    text: str = ""
    thoughts: tuple[str, ...] = ()


Step = CustomerTurn | AgentText | AgentCall


class Task(Struct, frozen=True, kw_only=True):
    """What the customer was to achieve, as it was in that run.

    Attributes:
        user_id: Who the customer is.
        instruction: What the simulated customer was told.
        actions: Calls that lead to the expected state.
        outputs: What the agent has to say.
    """

    user_id: str
    instruction: str
    actions: tuple[ToolCall, ...]
    outputs: tuple[str, ...]


class RecordedGrade(Struct, frozen=True, kw_only=True):
    """How the source graded the conversation.

    Attributes:
        reward: 0 or 1.
        state_matched: Whether the final state was right; None where outputs decided.
        truth_digest: Digest of the state after the ground-truth actions, if recorded.
        outputs_found: Whether each required output was said; empty where the state decided.
    """

    reward: float
    state_matched: bool | None = None
    truth_digest: str | None = None
    outputs_found: dict[str, bool] = {}


class RecordedConversation(Struct, frozen=True, kw_only=True):
    """One conversation as it went.

    Attributes:
        conversation_id: ``run/task id``, unique over all runs.
        run: The run, which is an agent version.
        model: The model's name.
        task_id: Number of the task in the test split.
        task: The task; None where the run crashed.
        policy: The system message, where it was recorded.
        steps: What happened, in order; empty where the run crashed.
        closing_thoughts: What an inner agent thought after the last step.
        grade: What the source made of it.
        error: Why the run crashed.
    """

    conversation_id: str
    run: str
    model: str
    task_id: int
    task: Task | None
    policy: str | None
    steps: tuple[Step, ...]
    closing_thoughts: tuple[str, ...]
    grade: RecordedGrade
    error: str | None


class Run(Struct, frozen=True, kw_only=True):
    """A run of one agent version over the tasks.

    Attributes:
        name: The agent version.
        model: The model's name.
        variant: What sets the agent apart.
        conversations: How many, crashed ones included.
        source: Repository that the run is from.
        path: The file.
    """

    name: str
    model: str
    variant: str
    conversations: int
    source: str
    path: Path
