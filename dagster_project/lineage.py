"""OpenLineage events of what assets read and write, to a file or an HTTP endpoint."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

import dagster as dg
from msgspec import Struct
from openlineage.client import OpenLineageClient
from openlineage.client.event_v2 import InputDataset, Job, OutputDataset, Run, RunEvent, RunState
from openlineage.client.facet_v2 import (
    DatasetFacet,
    RunFacet,
    dataset_version_dataset,
    error_message_run,
    output_statistics_output_dataset,
    parent_run,
    schema_dataset,
)
from openlineage.client.transport.file import FileConfig, FileTransport
from openlineage.client.transport.http import HttpConfig, HttpTransport
from openlineage.client.uuid import generate_new_uuid
from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.table import Table

from pipelines.facts import table_facts
from pipelines.settings import LakeSettings
from streaming.settings import StreamingSettings

_PRODUCER = "https://github.com/OpenLineage/OpenLineage/tree/1.54.0/client/python"
_NAMESPACE = "turnstone"


class Step(Struct, frozen=True, kw_only=True):
    """One execution of an asset's function.

    Attributes:
        job: Its name.
        dagster_run: Id and job name of the run that it is a part of.
        inputs: Keys of the assets that it reads.
        outputs: Keys of those that it makes.
    """

    job: str
    dagster_run: tuple[str, str]
    inputs: Sequence[dg.AssetKey]
    outputs: Sequence[dg.AssetKey]


class Lineage:
    """Tells of one step: that it started, and how it ended.

    An endpoint that does not answer is told in Dagster's log; it never fails a run.

    Args:
        where: A file or an HTTP address.
        step: What is told about.
        catalog: The lake's catalog, for what a table holds afterwards.
        log: Dagster's log.
    """

    def __init__(self, where: str, step: Step, catalog: SqlCatalog, log: dg.DagsterLogManager) -> None:
        self._client = OpenLineageClient(transport=_transport(where))
        self._step, self._catalog, self._log = step, catalog, log
        self._run_id = str(generate_new_uuid())

    def started(self) -> None:
        """Tells that the step began."""
        self._emit(RunState.START)

    def completed(self) -> None:
        """Tells that it succeeded, with rows, files and snapshots of what it made."""
        self._emit(RunState.COMPLETE)

    def failed(self, error: BaseException) -> None:
        """Tells that it failed, and by what."""
        told = error_message_run.ErrorMessageRunFacet(
            message=f"{type(error).__name__}: {error}", programmingLanguage="python"
        )
        self._emit(RunState.FAIL, {"errorMessage": told})

    def _emit(self, state: RunState, facets: dict[str, RunFacet] | None = None) -> None:
        run_id, job = self._step.dagster_run
        parent = parent_run.ParentRunFacet(
            run=parent_run.Run(runId=run_id), job=parent_run.Job(namespace=_NAMESPACE, name=job)
        )
        event = RunEvent(
            eventType=state,
            eventTime=datetime.now(UTC).isoformat(),
            producer=_PRODUCER,
            run=Run(runId=self._run_id, facets={"parent": parent, **(facets or {})}),
            job=Job(namespace=_NAMESPACE, name=self._step.job),
            inputs=[InputDataset(*_name(key)) for key in self._step.inputs],
            outputs=list(self._outputs(is_written=state == RunState.COMPLETE)),
        )
        try:
            self._client.emit(event)
        except (OSError, RuntimeError) as error:
            self._log.warning(f"OpenLineage event {state.value} of {self._step.job} was not taken: {error}")

    def _outputs(self, *, is_written: bool) -> Iterable[OutputDataset]:
        for key in self._step.outputs:
            name = ".".join(key.path)
            if is_written and self._catalog.table_exists(name):
                yield _written(key, self._catalog.load_table(name))
            else:
                yield OutputDataset(*_name(key))


def _written(key: dg.AssetKey, table: Table) -> OutputDataset:
    facts = table_facts(table)
    columns = [
        schema_dataset.SchemaDatasetFacetFields(
            name=field.name, type=str(field.field_type), description=field.doc
        )
        for field in table.schema().fields
    ]
    facets: dict[str, DatasetFacet] = {
        "schema": schema_dataset.SchemaDatasetFacet(fields=columns),
        "version": dataset_version_dataset.DatasetVersionDatasetFacet(str(facts.snapshot_id)),
    }
    statistics = output_statistics_output_dataset.OutputStatisticsOutputDatasetFacet(
        rowCount=facts.rows, size=facts.size_bytes, fileCount=facts.files
    )
    return OutputDataset(*_name(key), outputFacets={"outputStatistics": statistics}, facets=facets)


def _name(key: dg.AssetKey) -> tuple[str, str]:
    """Namespace and name of an asset's data, by OpenLineage's naming of topics and tables."""
    if key.path[0] == "kafka":
        settings = StreamingSettings()
        return f"kafka://{settings.bootstrap_servers}", settings.topic
    return LakeSettings().warehouse_uri, ".".join(key.path)


def _transport(where: str) -> FileTransport | HttpTransport:
    if where.startswith(("http://", "https://")):
        return HttpTransport(HttpConfig(url=where, timeout=3.0, retry={"total": 0}))
    return FileTransport(FileConfig(log_file_path=where, append=True))
