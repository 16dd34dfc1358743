"""Models that judge conversations, and what their word is worth (spec G2).

Run ``turnstone judge-agreement --help``.
"""
