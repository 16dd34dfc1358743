"""What holds across assets: freshness (F1, F2, F3) and when they are built by themselves."""

from datetime import timedelta
from typing import Final, cast

import dagster as dg

from pipelines.freshness import TARGETS_S

FRESHNESS: Final = {
    layer: dg.FreshnessPolicy.time_window(fail_window=timedelta(seconds=seconds))
    for layer, seconds in TARGETS_S.items()
}
"""By layer: an asset must have been brought up to date within the layer's target."""

_SOURCES: Final = dg.AssetSelection.assets(
    ["bronze", "events"],  # by name: a group's selection leaves out what Dagster does not build itself
    ["bronze", "delivery_receipts"],
    ["silver", "events"],
    ["silver", "dead_letters"],
    ["ops", "accounting"],
    ["ops", "repairs"],
)
"""They change with every commit of the stream and say nothing about which day changed."""

WHOLE_BUILD: Final = {"turnstone/builds": "silver-to-gold"}
"""Tags of a run that builds all that is downstream itself: nothing has to follow it."""

_EAGER: Final = dg.AutomationCondition.eager()


def _handled(ignoring: dg.AssetSelection) -> dg.AutomationCondition[dg.AssetKey]:
    """Whether an asset was asked for or built, and nothing upstream of it between the same two looks."""
    asked = dg.AutomationCondition.newly_requested() | dg.AutomationCondition.newly_updated()
    unchanged = ~dg.AutomationCondition.any_deps_updated().ignore(ignoring)
    return (asked & unchanged) | dg.AutomationCondition.initial_evaluation()


def _built_along() -> dg.AutomationCondition[dg.AssetKey]:
    """Whether what was built upstream was built by a run that builds the asset as well."""
    whole = dg.AutomationCondition.executed_with_tags(tag_values=WHOLE_BUILD)
    along = dg.AutomationCondition.executed_with_root_target() | whole
    return cast("dg.AutomationCondition[dg.AssetKey]", along)


def _mended(
    eager: dg.AutomationCondition[dg.AssetKey], ignoring: dg.AssetSelection
) -> dg.AutomationCondition[dg.AssetKey]:
    """The condition, without what Dagster forgets and what it does not see.

    Where an asset and something upstream of it were built between the same two looks, Dagster takes
    the asset for handled, whichever came first, and forgets the change
    (https://github.com/dagster-io/dagster/issues/33587); this one builds once more than it had to, at
    worst. Of a job that builds everything, Dagster does not see that it built the asset as well.
    """
    complete = eager.replace("handled", _handled(ignoring))
    return complete.replace("executed_with_root_target", _built_along())


_ALL_UPSTREAM_CHECKED: Final = dg.AutomationCondition.all_deps_match(
    dg.AutomationCondition.all_checks_match(dg.AutomationCondition.check_passed(), blocking_only=True)
    | dg.AutomationCondition.will_be_requested()
).with_label("checked, or checked in the same run")
"""What is built in the same run is checked there, and dbt leaves out what is downstream of a failed
test. Dagster's own condition wants checks with a condition of their own; without one each layer would
wait for a run, and a check that looks at two layers would never be made."""
FOLLOW_EACH_DAY: Final = _mended(
    (
        _EAGER.without(dg.AutomationCondition.in_latest_time_window()).ignore(_SOURCES)
        & _ALL_UPSTREAM_CHECKED
    ).with_label("follow each day"),
    _SOURCES,
)
"""Built for every day that something upstream was built for, late corrections of old days included,
unless a blocking check upstream failed."""

_SILVER: Final = dg.AssetSelection.assets(["silver", "conversations"], ["silver", "turns"])
_SILVER_TOO: Final = _SOURCES | _SILVER
_EAGER_ON_THE_WHOLE: Final = _EAGER.without(
    ~dg.AutomationCondition.any_deps_missing()  # days without a conversation are never built
)
FOLLOW: Final = _mended(_EAGER_ON_THE_WHOLE.ignore(_SOURCES).with_label("follow"), _SOURCES)
"""Built after anything upstream was."""
FOLLOW_GOLD: Final = _mended(_EAGER_ON_THE_WHOLE.ignore(_SILVER_TOO).with_label("follow gold"), _SILVER_TOO)
"""Built after gold was, and not already after silver, when gold is still to come."""
