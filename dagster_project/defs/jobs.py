"""Jobs that people start."""

import dagster as dg

_STREAM = dg.AssetSelection.assets(
    ["kafka", "agent_events"], ["bronze", "events"], ["silver", "events"], ["silver", "dead_letters"]
)
_REPLAYS = dg.AssetSelection.assets(["ops", "dead_letter_replays"])

observe_stream = dg.define_asset_job(
    "observe_stream",
    selection=_STREAM,
    description="Looks at the topic and at the tables that the stream writes.",
)
lakehouse = dg.define_asset_job(
    "lakehouse",
    selection=dg.AssetSelection.all() - _STREAM - _REPLAYS,
    description="Loads receipts, accounts for every event, and builds silver and gold if the books balance.",
)
replay_dead_letters = dg.define_asset_job(
    "replay_dead_letters",
    selection=_REPLAYS,
    description="Produces dead letters again after a fix; by default it only tells what it would do.",
)
