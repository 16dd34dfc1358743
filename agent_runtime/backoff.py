"""How long to wait before something is tried again: exponential back-off with full jitter.

Source: M. Brooker, Exponential Backoff And Jitter, 2015.
"""


def full_jitter_s(failures: int, *, first_s: float, longest_s: float, drawn: float) -> float:
    """Seconds to wait.

    Args:
        failures: Tries that failed so far, from 1.
        first_s: The longest wait after the first failure; it doubles with each further one.
        longest_s: What no wait exceeds.
        drawn: A random number from 0 to 1.
    """
    return drawn * min(longest_s, first_s * 2.0 ** (failures - 1))
