"""What experiments showed: plans, looks and verdicts over the log of exposures and outcomes (spec H)."""
