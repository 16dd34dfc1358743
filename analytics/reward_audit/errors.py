"""What can go wrong while recorded rewards are audited."""


class RewardAuditError(Exception):
    """Root of the errors of this package."""


class TerminalError(RewardAuditError):
    """Trying again will not help."""


class RewardRecordError(TerminalError):
    """A record that is absent or cannot be understood."""
