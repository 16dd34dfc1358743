"""What holds across assets: freshness (F1, F2, F3) and when they are built by themselves."""

from datetime import timedelta
from typing import Final

import dagster as dg

from pipelines.freshness import TARGETS_S

FRESHNESS: Final = {
    layer: dg.FreshnessPolicy.time_window(fail_window=timedelta(seconds=seconds))
    for layer, seconds in TARGETS_S.items()
}
"""By layer: an asset must have been brought up to date within the layer's target."""

_SOURCES: Final = dg.AssetSelection.groups("kafka", "bronze") | dg.AssetSelection.assets(
    ["silver", "events"], ["silver", "dead_letters"], ["ops", "accounting"], ["ops", "repairs"]
)
"""They change with every commit of the stream and say nothing about which day changed."""

_EAGER_ON_EVERY_DAY: Final = (
    dg.AutomationCondition.eager().without(dg.AutomationCondition.in_latest_time_window()).ignore(_SOURCES)
)
FOLLOW_EACH_DAY: Final = (
    _EAGER_ON_EVERY_DAY & dg.AutomationCondition.all_deps_blocking_checks_passed()
).with_label("follow each day")
"""Built for every day that something upstream was built for, late corrections of old days included,
unless a blocking check upstream failed."""

FOLLOW: Final = dg.AutomationCondition.eager().ignore(_SOURCES).with_label("follow")
"""Built after anything upstream was."""
