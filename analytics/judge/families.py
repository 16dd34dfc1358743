"""Who made a model: a judge of the agent's own family prefers its own (Panickssery et al. 2024)."""

from collections.abc import Iterable, Mapping
from typing import Final

from analytics.judge.errors import SameFamilyError, UnknownFamilyError

_KNOWN: Final = {
    "chatgpt": "openai",
    "claude": "anthropic",
    "command": "cohere",
    "deepseek": "deepseek",
    "gemini": "google",
    "gemma": "google",
    "glm": "zhipu",
    "gpt": "openai",
    "grok": "xai",
    "kimi": "moonshot",
    "llama": "meta",
    "ministral": "mistral",
    "mistral": "mistral",
    "mixtral": "mistral",
    "nemotron": "nvidia",
    "o1": "openai",
    "o3": "openai",
    "o4": "openai",
    "phi": "microsoft",
    "qwen": "alibaba",
    "smollm": "huggingface",
}


class Families:
    """Finds the family of a model by the beginning of its name.

    Args:
        further: Families of models that are not known here; they win.
    """

    def __init__(self, further: Mapping[str, str] = {}) -> None:
        named = {**_KNOWN, **{name.lower(): family for name, family in further.items()}}
        self._families = sorted(named.items(), key=lambda each: -len(each[0]))

    def of(self, model: str) -> str:
        """The family; who serves the model (``azure/``) and whether it was tuned (``ft:``) do not matter.

        Raises:
            UnknownFamilyError: Nobody said whose model it is.
        """
        name = model.rpartition("/")[2].removeprefix("ft:").lower()
        for beginning, family in self._families:
            if name.startswith(beginning):
                return family
        raise UnknownFamilyError(
            f"nobody said who made {model!r}: add the beginning of its name to TURNSTONE_JUDGE_FAMILIES"
        )

    def require_other(self, judge: str, agents: Iterable[str]) -> None:
        """Refuses a judge that would judge its own family.

        Args:
            judge: The judging model.
            agents: The models that it would judge.

        Raises:
            SameFamilyError: One of them is of the judge's family.
            UnknownFamilyError: The family of one is not known.
        """
        family = self.of(judge)
        for agent in agents:
            if self.of(agent) == family:
                raise SameFamilyError(
                    f"{judge} and {agent} are both of {family}, and a judge prefers its own family: "
                    "set TURNSTONE_JUDGE_MODEL_NAME to a model of another one"
                )
