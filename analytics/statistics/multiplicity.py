"""Several tests at once: p-values that may be read together."""

from collections.abc import Sequence


def holm(p_values: Sequence[float]) -> list[float]:
    """Adjusted p-values that keep the chance of any false alarm (Holm 1979), in the order given."""
    return _stepwise(p_values, descending=False)


def benjamini_hochberg(p_values: Sequence[float]) -> list[float]:
    """Adjusted p-values that keep the share of false ones among the found (1995), in the order given."""
    return _stepwise(p_values, descending=True)


def _stepwise(p_values: Sequence[float], *, descending: bool) -> list[float]:
    """Goes through the p-values so that the adjusted ones never change their order."""
    count = len(p_values)
    order = sorted(range(count), key=p_values.__getitem__, reverse=descending)
    adjusted, bound = [0.0] * count, 1.0 if descending else 0.0
    for place, i in enumerate(order):
        factor = count / (count - place) if descending else count - place
        bound = min(bound, p_values[i] * factor) if descending else max(bound, p_values[i] * factor)
        adjusted[i] = min(bound, 1.0)
    return adjusted
