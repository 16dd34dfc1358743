"""Jobs that people and sensors start."""

import dagster as dg

from dagster_project.partitions import DAILY

_STREAM = dg.AssetSelection.assets(
    ["kafka", "agent_events"], ["bronze", "events"], ["silver", "events"], ["silver", "dead_letters"]
)
_REPLAYS = dg.AssetSelection.assets(["ops", "dead_letter_replays"])
_EVALS = dg.AssetSelection.groups("evals")
_BUILT = dg.AssetSelection.all().materializable() - _STREAM - _REPLAYS - _EVALS
_SILVER = dg.AssetSelection.assets(
    ["bronze", "delivery_receipts"],
    ["ops", "repairs"],
    ["ops", "accounting"],
    ["silver", "turns"],
    ["silver", "conversations"],
)

observe_stream = dg.define_asset_job(
    "observe_stream",
    selection=_STREAM.without_checks(),
    description="Looks at the topic and at the tables that the stream writes.",
)
lakehouse = dg.define_asset_job(
    "lakehouse",
    selection=_BUILT | dg.AssetSelection.checks_for_assets(["bronze", "events"], ["silver", "events"]),
    partitions_def=DAILY,
    description="Loads receipts, accounts for every event, and builds silver and gold of some days.",
)
silver = dg.define_asset_job(
    "silver",
    selection=_SILVER | dg.AssetSelection.checks_for_assets(["bronze", "events"], ["silver", "events"]),
    partitions_def=DAILY,
    description="The books, then the turns and conversations of some days. Gold follows by itself.",
)
replay_dead_letters = dg.define_asset_job(
    "replay_dead_letters",
    selection=_REPLAYS,
    description="Produces dead letters again after a fix; by default it only tells what it would do.",
)
