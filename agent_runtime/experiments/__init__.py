"""Experiments as the runtime meets them: which are on, who is in which, and what that changes."""
