"""What is asked of silver before gold is built on it."""

from dagster_project.checks import (
    EVENT_KEYS,
    checks_of,
    columns_are_as_stated,
    columns_are_filled,
    few_dead_letters,
    key_is_unique,
    no_column_is_new,
    rows_are_in_their_day,
    volume_is_steady,
)
from pipelines.derived_tables import CONVERSATIONS, TURNS
from pipelines.tables import DEAD_LETTERS, SILVER

event_checks = checks_of(
    SILVER,
    [
        columns_are_as_stated(SILVER),
        no_column_is_new(SILVER),
        columns_are_filled(SILVER, EVENT_KEYS),
        rows_are_in_their_day(SILVER),
        volume_is_steady(SILVER),
    ],
)
dead_letter_checks = checks_of(DEAD_LETTERS, [few_dead_letters()])
turn_checks = checks_of(
    TURNS,
    [key_is_unique(TURNS, ["tenant_id", "conversation_id", "turn"]), rows_are_in_their_day(TURNS)],
)
conversation_checks = checks_of(
    CONVERSATIONS,
    [
        key_is_unique(CONVERSATIONS, ["tenant_id", "conversation_id"]),
        rows_are_in_their_day(CONVERSATIONS),
        volume_is_steady(CONVERSATIONS),
    ],
)
