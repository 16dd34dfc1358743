"""The report on judges as a Markdown page."""

from importlib.resources import files
from typing import Final

from jinja2 import Environment, StrictUndefined

from analytics.judge.agreement import Kappa
from analytics.judge.effects import Effect
from analytics.judge.report import JudgeReport

_TEMPLATE: Final = files("analytics.judge").joinpath("page.md.j2").read_text(encoding="utf-8")


def markdown(report: JudgeReport) -> str:
    """The whole page."""
    environment = Environment(
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701 - Markdown of our own
    )
    environment.filters |= {"kappa": _kappa, "effect": _effect, "percent": _percent}
    asked = [each for each in report.judges if each.prompt]
    return environment.from_string(_TEMPLATE).render(
        report=report,
        asked=asked,
        baselines=[each for each in report.judges if not each.prompt],
        best=max(asked, key=lambda each: each.agreement.kappa.value),
        may_gate=[each for each in report.judges if each.qualification.may_gate],
        verdicts=sum(each.agreement.kappa.n for each in asked),
    )


def _kappa(kappa: Kappa) -> str:
    return _range(kappa.value, kappa.low, kappa.high)


def _effect(effect: Effect | None) -> str:
    return "" if effect is None else _range(effect.estimate, effect.low, effect.high)


def _range(*values: float) -> str:
    value, low, high = (f"{round(each, 2) + 0.0:.2f}" for each in values)  # plus 0: no minus before a zero
    return f"{value} ({low} to {high})"


def _percent(share: float | None) -> str:
    return "" if share is None else f"{share:.0%}"
