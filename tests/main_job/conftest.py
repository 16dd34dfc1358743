from collections.abc import Iterator
from contextlib import closing

import pytest

from pipelines.catalog import open_catalog
from pipelines.views import connect
from tests.main_job.played import Played, environment_of, lake_settings_of, run_demo, turnstone


@pytest.fixture(scope="session")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Played]:
    environment = environment_of(tmp_path_factory.mktemp("demo"))
    output, first = run_demo(environment)
    try:
        _, second = run_demo(environment, "--keep")  # what it leaves running is shown in Dagster
        with closing(open_catalog(lake_settings_of(environment))) as catalog, connect(catalog) as connection:
            yield Played(first, second, output, connection, environment)
    finally:
        turnstone(environment, "down")
