"""Recorded rewards computed again: which of them are wrong, and why (spec G1, G4).

Run ``turnstone audit-rewards --help``.
"""
