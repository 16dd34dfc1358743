"""Tables of evaluations, stated once (spec G4)."""

from typing import Final

from pyiceberg.types import (
    BinaryType,
    BooleanType,
    DoubleType,
    IntegerType,
    ListType,
    LongType,
    StringType,
    TimestamptzType,
)

from pipelines.table_definition import Column, TableDefinition, partitioning_of, schema_of

_CASE: Final[tuple[Column, ...]] = (
    ("suite", StringType(), "name of the suite"),
    ("suite_version", StringType(), "digest of its cases, shop, policy and grader's name"),
    ("case_id", StringType(), "the case"),
)
_events = schema_of(
    (
        ("run_id", StringType(), "one agent on one suite, once"),
        *_CASE,
        ("trial", IntegerType(), "which trial of the case, from 0"),
        ("conversation_id", StringType(), "the conversation"),
        ("event_id", StringType(), "UUIDv7; unique in a run"),
        ("event_type", StringType(), "type of the contract"),
        ("event_time", TimestamptzType(), "when it happened"),
        ("record_value", BinaryType(), "payload as the producer would send it"),
        ("headers", StringType(), "headers likewise: streaming/contract/header_text.py"),
        ("written_at", TimestamptzType(), "when the run was written"),
    )
)
_results = schema_of(
    (
        ("run_id", StringType(), "one agent on one suite, once; the agent version where the lake held it"),
        *_CASE,
        ("kind", StringType(), "what the case is about"),
        ("origin", StringType(), "where the case is from"),
        ("trial", IntegerType(), "which trial of the case, from 0"),
        ("conversation_id", StringType(), "the conversation, as in the table that it was read from"),
        ("agent_version", StringType(), "version of the agent's configuration"),
        ("config_hash", StringType(), "fingerprint of the configuration; null where the lake held it"),
        ("config", StringType(), "the configuration, JSON"),
        ("grader", StringType(), "what graded"),
        ("grader_version", IntegerType(), "version of its rule"),
        ("passed", BooleanType(), "whether it is as it should be"),
        ("score", DoubleType(), "0 to 1"),
        ("reasons", ListType(100, StringType(), element_required=False), "why not; empty where it passed"),
        ("trusted", BooleanType(), "whether the case's ground truth is; others count in no verdict"),
        ("ended_by", StringType(), "why the conversation ended"),
        (
            "first_token_ms",
            ListType(101, DoubleType(), element_required=False),
            "from each message to the first token of its answer, milliseconds; empty where not measured",
        ),
        (
            "response_ms",
            ListType(102, DoubleType(), element_required=False),
            "from each message to its answer, milliseconds",
        ),
        ("cost_usd", DoubleType(), "cost of the model calls, US dollars"),
        ("model_calls", IntegerType(), "answers of the model"),
        ("estimated", BooleanType(), "whether times and cost are estimates"),
        ("unfaithful", IntegerType(), "effects that answered otherwise when they were done again"),
        ("code_commit", StringType(), "commit of the code that held it, or graded it again"),
        ("code_digest", StringType(), "digest of the runtime's and the graders' sources"),
        ("data_table", StringType(), "table that the conversation was graded from"),
        ("data_snapshot_id", LongType(), "its snapshot"),
        ("graded_at", TimestamptzType(), "when this grade was made"),
        ("regraded", BooleanType(), "whether it was made later, of a conversation held by other code"),
    )
)
_verdicts = schema_of(
    (
        ("evaluation_id", StringType(), "one candidate against one baseline, once"),
        ("suite", StringType(), "name of the suite"),
        ("suite_version", StringType(), "its version"),
        (
            "measure",
            StringType(),
            "passed; harmless, of the customers with whom nothing is wrong; or what a budget is of",
        ),
        ("decision", StringType(), "regression, inconclusive, no_regression; met, missed, not_measured"),
        ("reasons", ListType(100, StringType(), element_required=False), "why"),
        ("candidate", StringType(), "agent version"),
        ("candidate_hash", StringType(), "fingerprint of its configuration"),
        ("baseline", StringType(), "agent version in production"),
        ("baseline_hash", StringType(), "fingerprint of its configuration"),
        ("candidate_value", DoubleType(), "share passed, or the budget's figure"),
        ("baseline_value", DoubleType(), "the same of the baseline"),
        ("drop", DoubleType(), "baseline minus candidate"),
        ("low", DoubleType(), "lower end of the drop's 90 % interval: 95 % one-sided"),
        ("high", DoubleType(), "upper end of it"),
        ("limit", DoubleType(), "drop that is tolerated, or the budget"),
        ("method", StringType(), "the test that decides"),
        ("p_value", DoubleType(), "one-sided p of that test"),
        ("p_adjusted", DoubleType(), "the same, corrected for all suites (Holm)"),
        ("p_two_proportions", DoubleType(), "one-sided p of the unpaired two-proportion z-test"),
        ("power", DoubleType(), "probability that the test sees the planned drop"),
        ("planned_drop", DoubleType(), "the drop that the power is of"),
        ("detectable", DoubleType(), "drop that it sees 80 % of the time"),
        ("cases", LongType(), "cases that both held and that are trusted"),
        ("trials", LongType(), "trials of a case at least"),
        ("lost", LongType(), "cases in which the candidate did worse"),
        ("won", LongType(), "cases in which it did better"),
        ("untrusted", LongType(), "cases left out because their ground truth is not trusted"),
        ("pass_hat_k", ListType(101, DoubleType(), element_required=False), "pass^1, … of the candidate"),
        ("estimated", BooleanType(), "whether the figure is an estimate"),
        ("failures", ListType(102, StringType(), element_required=False), "ten conversations that failed"),
        ("grader", StringType(), "what graded, as name/version"),
        ("code_commit", StringType(), "commit of the code"),
        ("data_table", StringType(), "table that the grades were made from"),
        ("data_snapshot_id", LongType(), "its snapshot when the candidate was graded"),
        ("changed_at", TimestamptzType(), "when the candidate's configuration changed; null where unknown"),
        ("decided_at", TimestamptzType(), "when this was computed"),
    )
)
_faults = schema_of(
    (
        *_CASE,
        ("origin", StringType(), "where the case is from"),
        ("fault", StringType(), "what is wrong with its ground truth"),
        ("grave", BooleanType(), "whether the case is left out of verdicts for it"),
        ("detail", StringType(), "what was found"),
        ("found_at", TimestamptzType(), "when"),
    )
)

EVAL_EVENTS: Final = TableDefinition(
    name="bronze.eval_events",
    doc="What conversations of evaluations emitted, as produced; apart from what customers did (G4)",
    schema=_events,
    partitioning=partitioning_of(_events, day_of="written_at", identity=("suite",)),
)
EVAL_RESULTS: Final = TableDefinition(
    name="gold.eval_results",
    doc="One row a case, trial and grader version (G4)",
    schema=_results,
    partitioning=partitioning_of(_results, day_of="graded_at", identity=("suite",)),
)
EVAL_VERDICTS: Final = TableDefinition(
    name="gold.eval_verdicts",
    doc="What may be said of a candidate beside the production baseline, by suite and measure (G3)",
    schema=_verdicts,
    partitioning=partitioning_of(_verdicts, day_of="decided_at"),
)
EVAL_CASE_FAULTS: Final = TableDefinition(
    name="gold.eval_case_faults",
    doc="Cases whose ground truth contradicts itself, the tools or its other copies",
    schema=_faults,
)
EVAL_TABLES: Final = (EVAL_EVENTS, EVAL_RESULTS, EVAL_VERDICTS, EVAL_CASE_FAULTS)
