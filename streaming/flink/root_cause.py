"""What a Java stack trace says, in one line."""

_HINTS = {
    "Cannot map checkpoint/savepoint state": (
        "the job has another shape than the one that wrote the checkpoint: "
        "`make clean` starts afresh, tables included"
    ),
    "DuplicateJobSubmissionException": "another submitter was first",
}


def root_cause(trace: str) -> str:
    """The last cause of a stack trace, with what to do about it where we know.

    Args:
        trace: As the JVM prints it, causes after the exception itself.
    """
    lines = trace.splitlines() or [""]
    causes = [line.strip().removeprefix("Caused by: ") for line in lines if line.startswith("Caused by: ")]
    hint = next((hint for sign, hint in _HINTS.items() if sign in trace), None)
    cause = causes[-1] if causes else lines[0]
    return f"{cause} ({hint})" if hint else cause
