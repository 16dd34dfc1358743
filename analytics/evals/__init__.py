"""Suites of cases, agents run on them, grades, and verdicts against the production baseline (spec G)."""
