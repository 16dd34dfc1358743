"""Failures that people labelled, and what models said of the same failures.

23 failures of one recorded run. The files of two judges carry no task: their rows are in the order of the
people's file.
"""

import csv
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
from msgspec import Struct

from analytics.judge.agreement import Kappa, fleiss_kappa, kappa_of
from analytics.judge.errors import JudgeRecordError

CATEGORIES: Final = (
    "system or tool failure",
    "underspecified task",
    "incorrect plan generation",
    "incorrect plan execution",
    "inconclusive",
    "hallucinated facts",
)
"""In the numbers of the record: the first is 1."""
_BEGINNINGS: Final = {
    "system": 1,
    "underspecified": 2,
    "unspecified": 2,
    "incorrect plan gen": 3,
    "incorrect plan exec": 4,
    "inconclusive": 5,
    "hallucinating": 6,
}
_FILES: Final = {
    "gpt-4.1, 5 categories": "llm_judge_responses_5choices_4.1.csv",
    "o3, 6 categories": "llm_judge_responses_6choices_o3.csv",
    "o3, 6 categories, other prompt": "llm_judge_responses_6choices_o3_updated_system_prompt.csv",
}
_REPEATED: Final = "llm_judge_responses_multiple_runs.json"


class Label(Struct, frozen=True):
    """What somebody says of a failure.

    Attributes:
        category: Number of the category, from 1.
        step: Index of the message where it went wrong.
    """

    category: int
    step: int


class LabelAgreement(Struct, frozen=True, kw_only=True):
    """A judge's labels beside those of people.

    Attributes:
        judge: Who, and how it was asked.
        kappa: Of the categories.
        same_step: Share of the failures placed at the same message.
        near_step: Share of those placed within two messages.
    """

    judge: str
    kappa: Kappa
    same_step: float
    near_step: float


class Repeated(Struct, frozen=True, kw_only=True):
    """The same judge asked several times.

    Attributes:
        agreement: Fleiss' kappa of its categories with one another.
        unanimous: Share of the failures that always got one category.
        runs: How often it was asked.
    """

    agreement: float
    unanimous: float
    runs: int


def label_agreements(folder: Path, rng: np.random.Generator) -> list[LabelAgreement]:
    """Every judge beside people, the commonest category of people as a judge last.

    Raises:
        JudgeRecordError: A file is absent or cannot be understood.
    """
    people = _people(folder)
    judged = {name: _judged(folder / file, list(people)) for name, file in _FILES.items()}
    runs = _runs(folder)
    several = f"not recorded which, majority of {_times(runs)}"
    judged[several] = {task: _majority(row) for task, row in runs.items()}
    commonest = Counter(label.category for label in people.values()).most_common(1)[0][0]
    judged["always the commonest category"] = dict.fromkeys(people, Label(commonest, -1))
    return [_agreement(name, people, labels, rng) for name, labels in judged.items()]


def repeated(folder: Path) -> Repeated:
    """How one judge agrees with itself.

    Raises:
        JudgeRecordError: The file is absent or cannot be understood.
    """
    runs = _runs(folder)
    numbers = range(1, len(CATEGORIES) + 1)
    counts = np.array([[_given(row, number) for number in numbers] for row in runs.values()])
    return Repeated(
        agreement=fleiss_kappa(counts),
        unanimous=float((counts.max(axis=1) == counts.sum(axis=1)).mean()),
        runs=_times(runs),
    )


def _agreement(
    name: str, people: Mapping[str, Label], judged: Mapping[str, Label], rng: np.random.Generator
) -> LabelAgreement:
    both = [(label, judged[task]) for task, label in people.items() if task in judged]
    theirs, its = zip(*both, strict=True)
    apart = [abs(one.step - other.step) for one, other in both]
    return LabelAgreement(
        judge=name,
        kappa=kappa_of(
            [each.category for each in theirs],
            [each.category for each in its],
            range(1, len(CATEGORIES) + 1),
            rng=rng,
        ),
        same_step=sum(each == 0 for each in apart) / len(apart),
        near_step=sum(each <= 2 for each in apart) / len(apart),
    )


def _people(folder: Path) -> dict[str, Label]:
    rows = _rows(folder / "ground_truth_failures_tau_bench.csv")
    return {row["Task_id"]: Label(_category(row["Failure cases"]), int(row["Step Number"])) for row in rows}


def _category(text: str) -> int:
    for beginning, number in _BEGINNINGS.items():
        if text.strip().lower().startswith(beginning):
            return number
    raise JudgeRecordError(f"{text!r} is none of the categories; say in failure_labels.py which it is")


def _judged(path: Path, order: Sequence[str]) -> dict[str, Label]:
    rows = _rows(path)
    named = "task_id" in rows[0]
    if not named and len(rows) != len(order):
        raise JudgeRecordError(f"{path}: {len(rows)} rows without a task, for {len(order)} failures")
    tasks = [row["task_id"] for row in rows] if named else order
    labels = (Label(int(row["failure_case"]), int(row["index"])) for row in rows)
    return dict(zip(tasks, labels, strict=True))


class _Failure(Struct, frozen=True):
    failure_case: str
    step_number: int


class _Report(Struct, frozen=True):
    task_id: int
    failures: tuple[_Failure, ...]


def _runs(folder: Path) -> dict[str, list[Label]]:
    path = folder / _REPEATED
    reports = msgspec.json.decode(_text(path), type=list[_Report])
    return {
        str(report.task_id): [
            Label(_category(each.failure_case.partition(".")[2].replace("_", " ")), each.step_number)
            for each in report.failures
        ]
        for report in reports
    }


def _times(runs: Mapping[str, Sequence[Label]]) -> int:
    return min(len(row) for row in runs.values())


def _given(row: Sequence[Label], category: int) -> int:
    return sum(label.category == category for label in row)


def _majority(row: Sequence[Label]) -> Label:
    """The commonest category, and the commonest step; the earliest answer where several are."""
    categories, steps = Counter(each.category for each in row), Counter(each.step for each in row)
    return Label(categories.most_common(1)[0][0], steps.most_common(1)[0][0])


def _rows(path: Path) -> list[dict[str, str]]:
    rows = list(csv.DictReader(_text(path).splitlines()))
    if not rows:
        raise JudgeRecordError(f"{path} has no rows; fetch it again")
    return rows


def _text(path: Path) -> str:
    if not path.is_file():
        raise JudgeRecordError(f"{path} is missing: set TURNSTONE_JUDGE_FAILURE_LABELS to its folder")
    return path.read_text(encoding="utf-8")
