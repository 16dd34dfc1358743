"""What is asked of bronze before anybody builds on it."""

from dagster_project.checks import (
    checks_of,
    columns_are_as_stated,
    no_column_is_new,
    rows_are_in_their_day,
    volume_is_steady,
)
from pipelines.tables import BRONZE

bronze_checks = checks_of(
    BRONZE,
    [
        columns_are_as_stated(BRONZE),
        no_column_is_new(BRONZE),
        rows_are_in_their_day(BRONZE),
        volume_is_steady(BRONZE),
    ],
)
