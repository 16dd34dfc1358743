from streaming.flink.root_cause import root_cause

TRACE = """org.apache.flink.table.api.TableException: Failed to execute sql
\tat org.apache.flink.table.api.internal.TableEnvironmentImpl.executeInternal(TableEnvironmentImpl.java:1195)
Caused by: org.apache.flink.util.FlinkException: Failed to execute job 'agent-events-to-lake'.
\t... 14 more
Caused by: java.lang.IllegalStateException: Failed to rollback to checkpoint/savepoint file:/chk-12. \
Cannot map checkpoint/savepoint state for operator b701 to the new program
\t... 4 more
"""


def test_the_last_cause_of_a_trace_is_told_with_the_way_out() -> None:
    told = root_cause(TRACE)
    assert told.startswith(
        "java.lang.IllegalStateException: Failed to rollback to checkpoint/savepoint file:/chk-12"
    )
    assert "make clean" in told
    assert "\n" not in told


def test_a_trace_without_a_cause_is_its_first_line() -> None:
    assert (
        root_cause("java.io.IOException: no space left\n\tat x.y.Z") == "java.io.IOException: no space left"
    )
    assert root_cause("") == ""
