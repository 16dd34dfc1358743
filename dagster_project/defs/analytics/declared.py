"""Where clusters and the ranker will stand: declared, and built by nothing yet.

Dagster shows them as external assets downstream of what they will read; they cannot be
materialized, so that nobody takes a plan for a result.
"""

from typing import Final

import dagster as dg

from dagster_project.lake import OWNERS

_DECLARED: Final = {
    "conversation_clusters": (
        "Topics of conversations, week on week, with those that are emerging (J1-J4)",
        [["silver", "conversations"], ["silver", "turns"]],
    ),
    "ranker": (
        "LambdaMART over retrieved candidates, trained from implicit feedback (I1-I4)",
        [["silver", "events"], ["silver", "conversations"]],
    ),
}


@dg.definitions
def declared() -> dg.Definitions:
    """Specs alone: keys, dependencies and what each will be."""
    return dg.Definitions(
        assets=[
            dg.AssetSpec(
                key=["analytics", name],
                deps=deps,
                description=f"Declared, not built yet. {what}.",
                group_name="analytics",
                owners=OWNERS,
                kinds={"python"},
                tags={"layer": "analytics", "state": "declared"},
            )
            for name, (what, deps) in _DECLARED.items()
        ]
    )
