"""What can be wrong with a judge before its verdicts are looked at."""


class JudgeError(Exception):
    """Root of the errors of this package."""


class TerminalError(JudgeError):
    """Trying again will not help."""


class TransientError(JudgeError):
    """Trying again may help."""


class RubricError(TerminalError):
    """A rubric that is absent or cannot be used."""


class UnknownFamilyError(TerminalError):
    """A model of which nobody said who made it."""


class SameFamilyError(TerminalError):
    """A judge of the family that it judges."""


class NotQualifiedError(TerminalError):
    """A judge was to gate that has not shown that it may."""


class JudgeAnswerError(TransientError):
    """The judge answered something that is no score and no choice."""


class JudgeRecordError(TerminalError):
    """Recorded verdicts that are absent or cannot be understood."""
