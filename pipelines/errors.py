"""What can go wrong between the lake and those who ask it."""


class PipelineError(Exception):
    """Root of the errors of this package."""


class TerminalError(PipelineError):
    """Trying again will not help."""


class TransientError(PipelineError):
    """Trying again may help."""


class UnreadableTableError(TerminalError):
    """A table holds deletes that this reader does not apply."""


class TableChangedError(TransientError):
    """A table kept changing while it was read."""


class QueryError(TerminalError):
    """A statement that the SQL engine refused."""


class ReceiptSegmentError(TerminalError):
    """A segment of a delivery ledger that is not what producers write."""


class SnapshotExpiredError(TerminalError):
    """A table's snapshot that is needed is gone."""


class TenantRegistryError(TerminalError):
    """A registry of tenants that is none, or that takes back what was published."""


class NotCommittedError(TerminalError):
    """The tables have no commit of a checkpoint."""
