"""The suites as tasks of inspect-ai, for those who work with its command and its viewer (ADR 019).

``inspect eval analytics/evals/inspect_tasks.py@golden --model none -T agent=scripted-1 --epochs 3``

Our runtime holds the conversations and our graders grade them; inspect-ai runs, limits and logs.
Nothing else imports this module: inspect-ai is a group of dependencies of its own.
"""

from collections.abc import Callable
from typing import Any

from inspect_ai import Task, task
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.model import ChatMessage, ChatMessageAssistant, ChatMessageTool, ChatMessageUser
from inspect_ai.scorer import Score, Scorer, Target, mean, scorer, stderr
from inspect_ai.solver import Generate, Solver, TaskState, solver
from inspect_ai.tool import ToolCall
from msgspec import structs

from analytics.evals.agents import AgentConfig, agent_of
from analytics.evals.cases import Case
from analytics.evals.errors import NothingHeldError, UnknownNameError
from analytics.evals.evidence import Evidence, Said, evidence_of
from analytics.evals.golden import GOLDEN, RECORDED
from analytics.evals.graders import grader_of
from analytics.evals.ground_truth import untrusted
from analytics.evals.running import hold_suite
from analytics.evals.scenes import SAFETY
from analytics.evals.settings import EvalSettings
from analytics.evals.suites import Loaded, load

Kept = dict[tuple[str, int], Evidence]
"""Evidence by sample and epoch: what the solver leaves to the scorer."""


@task
def golden(agent: str = "scripted-1") -> Task:
    """Golden cases of the generator."""
    return _task(GOLDEN, agent)


@task
def recorded(agent: str = "gpt-4o__tool-calling") -> Task:
    """The public tau-bench tasks."""
    return _task(RECORDED, agent)


@task
def safety(agent: str = "scripted-1") -> Task:
    """Adversarial cases."""
    return _task(SAFETY, agent)


def _task(name: str, agent: str) -> Task:
    loaded = load(name, EvalSettings())
    if loaded is None:
        raise UnknownNameError(f"the data of {name} is not at hand; docs/evals.md says where it belongs")
    config, kept = agent_of(agent), Kept()
    faulty = untrusted(loaded.faults)
    samples = [_sample(case) for case in loaded.suite.cases if case.case_id not in faulty]
    return Task(
        dataset=MemoryDataset(samples, name=name),
        solver=_held(loaded, config, kept),
        scorer=_graded(loaded, kept),
        name=name,
        version=loaded.suite.version,
        metadata={"agent": config.version, "config_hash": config.fingerprint},
    )


def _sample(case: Case) -> Sample:
    return Sample(
        id=case.case_id,
        input=case.script.opening if case.script else case.task.instruction,
        target=list(case.task.outputs),
        metadata={"origin": case.origin, "kind": case.kind, "case": case.case_id},
    )


@solver
def _held(loaded: Loaded, agent: AgentConfig, kept: Kept) -> Solver:
    cases = {case.case_id: case for case in loaded.suite.cases}

    async def solve(state: TaskState, generate: Generate) -> TaskState:  # noqa: ARG001 - inspect names it
        alone = structs.replace(loaded.suite, cases=(cases[str(state.sample_id)],))
        trial = state.epoch - 1
        try:
            [one] = await hold_suite(alone, loaded.world, agent, run_id="inspect", trials=(trial,))
        except NothingHeldError:
            return state
        evidence = await evidence_of(one.events, one.case, loaded.world)
        kept[one.case.case_id, trial] = evidence
        state.messages = list(_messages(evidence))
        state.completed = True
        return state

    return solve


@scorer(metrics=[mean(), stderr(cluster="case")])
def _graded(loaded: Loaded, kept: Kept) -> Scorer:
    cases, grader = {case.case_id: case for case in loaded.suite.cases}, grader_of(loaded.suite.grader)

    async def score(state: TaskState, target: Target) -> Score | None:  # noqa: ARG001 - inspect names it
        evidence = kept.pop((str(state.sample_id), state.epoch - 1), None)
        if evidence is None:
            return None
        grade = grader.grade(cases[str(state.sample_id)], evidence)
        return Score(
            value=grade.score,
            answer=evidence.agent_texts[-1] if evidence.agent_texts else "",
            explanation="; ".join(grade.reasons) or "as it should be",
            metadata={"grader": f"{grader.name}/{grader.version}"},
        )

    return score


def _messages(evidence: Evidence) -> "list[ChatMessage]":
    made = list[ChatMessage]()
    for one in evidence.transcript:
        if isinstance(one, Said):
            said: Callable[..., Any] = ChatMessageUser if one.who == "customer" else ChatMessageAssistant
            made.append(said(content=one.text))
        else:
            call = ToolCall(id=one.call.id, function=one.call.name, arguments=one.call.arguments)
            made.append(ChatMessageAssistant(content="", tool_calls=[call]))
            made.append(ChatMessageTool(content=one.answer, tool_call_id=call.id, function=call.function))
    return made
