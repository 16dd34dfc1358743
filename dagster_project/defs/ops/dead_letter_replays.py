"""Dead letters produced again after a fix, when somebody asks for it (spec E5, F2)."""

from datetime import datetime

import dagster as dg
from pydantic import Field

from dagster_project.lake import Lake, snapshot_metadata, spec_of
from dagster_project.replay import replay_dead_letters
from pipelines.dead_letters import Selection, note_replays
from pipelines.derived_tables import REPLAYS
from streaming.repairs import repair_of
from streaming.settings import StreamingSettings


class ReplayConfig(dg.Config):
    """Which dead letters, and what to repair about them."""

    reason: str = ""
    """What the reason contains; all reasons where empty."""
    since: str | None = None
    """Handed over then or later, ISO 8601 with a zone."""
    until: str | None = None
    """Handed over before then, ISO 8601 with a zone."""
    repairs: list[str] = Field(default=[])
    """Repairs by name, in order; none leaves the records as they are."""
    headers: list[str] = Field(default=[])
    """Headers to set, each ``name=value``."""
    dry_run: bool = True
    """Tell what would be done, and do nothing."""


_DEPS = [["silver", "dead_letters"], ["bronze", "events"]]


@dg.multi_asset(specs=[spec_of(REPLAYS, deps=_DEPS, kinds={"python", "kafka", "iceberg"})])
def dead_letter_replays(
    context: dg.AssetExecutionContext, lake: Lake, config: ReplayConfig
) -> dg.MaterializeResult[None]:
    """Produces the chosen dead letters again, each once, and notes as which records."""
    selection = Selection(
        reason=config.reason,
        since=datetime.fromisoformat(config.since) if config.since else None,
        until=datetime.fromisoformat(config.until) if config.until else None,
    )
    repair = repair_of(config.repairs, config.headers)
    with lake.step(context) as (connection, catalog):
        note_replays(catalog, [])
        report = replay_dead_letters(
            connection, catalog, StreamingSettings(), selection, repair, dry_run=config.dry_run
        )
        return dg.MaterializeResult(
            asset_key=["ops", "dead_letter_replays"],
            metadata={
                **snapshot_metadata(catalog, REPLAYS.name),
                "dry_run": config.dry_run,
                "replayed": dict(report.replayed),
                "left": {f"{why} ({refusal})": n for (why, refusal), n in report.refused.items()},
            },
        )
