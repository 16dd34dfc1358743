"""Recorded verdicts, replayed as a judge: 114 conversations, each judged with four prompts."""

import gzip
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path
from typing import Final, TypeVar

import msgspec
from msgspec import Struct

from analytics.judge.errors import JudgeRecordError
from analytics.judge.interface import Score, scored
from analytics.judge.rubric import Rubric
from analytics.judge.transcripts import Transcript

T = TypeVar("T")
VALUES: Final = {
    "pass": 5,
    "satisfied": 5,
    "satisfactory": 5,
    "compliant": 5,
    "partially_satisfied": 3,
    "fail": 1,
}
"""What the words of the record are on the scale; a verdict that is no plain pass has not passed."""


class JudgedConversation(Struct, frozen=True, kw_only=True):
    """A conversation of the set, with its truth.

    Attributes:
        transcript: As the judge saw it.
        passed: Whether it did what the task asks, by execution.
    """

    transcript: Transcript
    passed: bool


class _Verdict(Struct, frozen=True):
    simulation_id: str
    judge_prompt_name: str
    judge_verdict: str
    judge_model: str
    judge_justification: str = ""


class _Transcript(Struct, frozen=True):
    simulation_id: str
    agent_model: str
    tau2_reward: float
    transcript: str


class RecordedJudge:
    """Answers with recorded verdicts; implements ``Scorer``.

    Args:
        name: The judging model.
        prompt: Name of the prompt that it was asked with.
        rubric: The prompt as a rubric.
        verdicts: Recorded verdicts by conversation.
    """

    def __init__(self, name: str, prompt: str, rubric: Rubric, verdicts: dict[str, _Verdict]) -> None:
        self.name = name
        self.prompt = prompt
        self.rubric = rubric
        self._verdicts = verdicts

    async def score(self, transcript: Transcript, rubric: Rubric) -> Score:
        """See :class:`~analytics.judge.interface.Scorer`.

        Raises:
            JudgeRecordError: There is no verdict on it by this rubric, or its word is not known.
        """
        verdict = self._verdicts.get(transcript.id)
        if verdict is None or rubric.id != self.rubric.id:
            raise JudgeRecordError(f"{self.prompt} has no verdict on {transcript.id} by {rubric.id}")
        value = VALUES.get(verdict.judge_verdict.lower())
        if value is None:
            raise JudgeRecordError(
                f"{transcript.id}: {verdict.judge_verdict!r} is no known verdict; say in VALUES what it means"
            )
        return scored(transcript, self.name, rubric, value, verdict.judge_justification)


def judged_conversations(folder: Path) -> list[JudgedConversation]:
    """The conversations with their truth.

    Raises:
        JudgeRecordError: A file is absent or cannot be understood.
    """
    return [
        JudgedConversation(
            transcript=Transcript(id=each.simulation_id, agent_model=each.agent_model, text=each.transcript),
            passed=each.tau2_reward == 1,
        )
        for each in _lines(folder / "transcripts.jsonl.gz", _Transcript)
    ]


def recorded_judges(folder: Path) -> list[RecordedJudge]:
    """A judge for each model and prompt, in the order of the record.

    Raises:
        JudgeRecordError: A file is absent or cannot be understood.
    """
    rubrics = _prompts(folder / "judge_prompts.json")
    by: dict[tuple[str, str], dict[str, _Verdict]] = {}
    for each in _lines(folder / "judgments.jsonl.gz", _Verdict):
        by.setdefault((each.judge_model, each.judge_prompt_name), {})[each.simulation_id] = each
    return [
        RecordedJudge(model.rpartition("/")[2], prompt, rubrics[prompt], verdicts)
        for (model, prompt), verdicts in by.items()
    ]


class _Prompt(Struct, frozen=True):
    system: str
    instructions: str


def _prompts(path: Path) -> dict[str, Rubric]:
    """The prompts as rubrics: pass or fail, so only the ends of the scale mean something."""
    data = _bytes(path)
    return {
        name: Rubric(
            name=name,
            version=1,
            digest=sha256(data).hexdigest(),
            wording=0,
            question=f"{prompt.system}\n{prompt.instructions}",
            levels={1: "fail", 5: "pass"},
            pass_at=4,
        )
        for name, prompt in msgspec.json.decode(data, type=dict[str, _Prompt]).items()
    }


def _lines(path: Path, kind: type[T]) -> Iterable[T]:
    try:
        text = gzip.decompress(_bytes(path))
        return [msgspec.json.decode(line, type=kind) for line in text.splitlines()]
    except (msgspec.MsgspecError, gzip.BadGzipFile, EOFError) as cause:
        raise JudgeRecordError(f"{path}: {cause}; fetch the file again") from cause


def _bytes(path: Path) -> bytes:
    if not path.is_file():
        raise JudgeRecordError(f"{path} is missing: set TURNSTONE_JUDGE_VERDICTS to the folder of verdicts")
    return path.read_bytes()
