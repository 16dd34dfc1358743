"""Rubrics: what a judge is asked, in versioned files."""

import re
import tomllib
from hashlib import sha256
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Annotated, Final

import msgspec
from msgspec import Meta, Struct

from analytics.judge.errors import RubricError

SCALE: Final = (1, 2, 3, 4, 5)
_FOLDER: Final = files("analytics.judge").joinpath("rubrics")


class _File(Struct, frozen=True, forbid_unknown_fields=True):
    name: Annotated[str, Meta(pattern="^[a-z_]+$")]
    version: Annotated[int, Meta(ge=1)]
    pass_at: Annotated[int, Meta(ge=2, le=5)]
    question: str
    paraphrases: tuple[str, ...]
    levels: dict[int, str]


class Rubric(Struct, frozen=True, kw_only=True):
    """One wording of one version of a rubric.

    Attributes:
        name: Of the rubric.
        version: Of the rubric.
        digest: SHA-256 of its file.
        wording: 0 for the question itself, from 1 for its paraphrases.
        question: What is asked.
        levels: What each score of the scale means.
        pass_at: The least score that counts as passed.
    """

    name: str
    version: int
    digest: str
    wording: int
    question: str
    levels: dict[int, str]
    pass_at: int

    @property
    def id(self) -> str:
        """What a score names: rubric, version, wording and the beginning of the digest."""
        return f"{self.name}.v{self.version}.w{self.wording}@{self.digest[:12]}"

    def text(self) -> str:
        """The question and the scale."""
        scale = "\n".join(f"{score}: {self.levels[score]}" for score in sorted(self.levels))
        return f"{self.question}\n\n{scale}"


def load_rubric(name: str, version: int) -> tuple[Rubric, ...]:
    """A rubric's wordings: the question itself, then its paraphrases.

    Raises:
        RubricError: There is no such rubric, or its file is not one.
    """
    file = _FOLDER.joinpath(f"{name}.v{version}.toml")
    if not re.fullmatch("[a-z_]+", name) or not file.is_file():
        raise RubricError(f"there is no rubric {name} version {version}; there are {', '.join(known())}")
    data, read = file.read_bytes(), _read(file)
    return tuple(
        Rubric(
            name=read.name,
            version=read.version,
            digest=sha256(data).hexdigest(),
            wording=number,
            question=question,
            levels=read.levels,
            pass_at=read.pass_at,
        )
        for number, question in enumerate((read.question, *read.paraphrases))
    )


def known() -> list[str]:
    """The rubrics that there are, with their versions."""
    return sorted(each.name.removesuffix(".toml") for each in _FOLDER.iterdir())


def _read(file: Traversable) -> _File:
    try:
        content = tomllib.loads(file.read_text(encoding="utf-8"))
        content["levels"] = {int(score): meaning for score, meaning in content["levels"].items()}
        read = msgspec.convert(content, _File)
    except (KeyError, ValueError) as cause:
        raise RubricError(f"{file.name}: {cause}") from cause
    if file.name != f"{read.name}.v{read.version}.toml":
        raise RubricError(f"{file.name} says that it is {read.name} version {read.version}: rename it")
    if tuple(sorted(read.levels)) != SCALE:
        raise RubricError(f"{file.name} must say what each of 1 to 5 means; it has {sorted(read.levels)}")
    return read
