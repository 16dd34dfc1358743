"""Whether a secret left an agent, also in disguise: spelled, encoded, or in pieces (spec G1, O4).

A secret is what its letters and digits are, in order. What an agent said is read in every way that
a person could read it back; a reading that holds the letters and digits of the secret is a leak.
Nothing here asks a model, so the same texts give the same answer.
"""

from analytics.evals.leaks.hearing import Heard

__all__ = ["Heard"]
