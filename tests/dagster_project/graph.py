"""What the graph of assets promises to others; ``python -m tests.dagster_project.graph`` notes it anew."""

import json
from pathlib import Path
from typing import Any

import dagster as dg

from dagster_project.definitions import defs

SNAPSHOT = Path(__file__).with_name("graph.json")


def describe(definitions: dg.Definitions) -> str:
    """Assets, checks, jobs, sensors and schedules: what a silent change would break, as JSON."""
    graph = definitions.resolve_asset_graph()
    repository = definitions.get_repository_def()
    told: dict[str, Any] = {
        "assets": {node.key.to_user_string(): _asset(graph, node) for node in graph.asset_nodes},
        "jobs": {job.name: _job(job) for job in definitions.resolve_all_job_defs()},
        "sensors": {
            sensor.name: {
                "targets": sorted(target.job_name for target in sensor.targets),
                "every_s": sensor.minimum_interval_seconds,
                "status": sensor.default_status.value,
            }
            for sensor in repository.sensor_defs
        },
        "schedules": sorted(schedule.name for schedule in repository.schedule_defs),
    }
    return json.dumps(told, indent=2, sort_keys=True) + "\n"


def _asset(graph: Any, node: Any) -> dict[str, Any]:
    checks = {key.name: graph.get_check_spec(key) for key in node.check_keys}
    condition, freshness = node.automation_condition, node.freshness_policy
    return {
        "group": node.group_name,
        "kinds": sorted(node.kinds),
        "owners": sorted(node.owners),
        "tags": {name: value for name, value in node.tags.items() if not name.startswith("dagster/")},
        "deps": sorted(key.to_user_string() for key in node.parent_keys),
        "partitions": node.partitions_def and type(node.partitions_def).__name__,
        "made_by": "Dagster" if node.is_materializable else "others",
        "automation": condition and (condition.get_label() or "?"),
        "fresh_within_s": freshness and int(freshness.fail_window.to_timedelta().total_seconds()),
        "checks": {name: "blocks" if spec.blocking else "tells" for name, spec in sorted(checks.items())},
    }


def _job(job: dg.JobDefinition) -> dict[str, Any]:
    layer = job.asset_layer
    return {
        "assets": sorted(key.to_user_string() for key in layer.selected_asset_keys),
        "partitions": job.partitions_def and type(job.partitions_def).__name__,
    }


if __name__ == "__main__":
    SNAPSHOT.write_text(describe(defs()))
