from collections.abc import Iterator
from contextlib import closing

import pytest

from infra.local.settings import LocalSettings
from pipelines.catalog import open_catalog
from pipelines.settings import LakeSettings
from pipelines.views import connect
from tests.main_job.played import Played, environment_of, run_demo, turnstone


@pytest.fixture(scope="session")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Played]:
    state = tmp_path_factory.mktemp("demo")
    environment = environment_of(state)
    output, first = run_demo(environment)
    lake = LocalSettings(state_dir=state).environment()
    settings = LakeSettings(
        catalog_uri=lake["TURNSTONE_LAKE_CATALOG_URI"], warehouse=lake["TURNSTONE_LAKE_WAREHOUSE"]
    )
    try:
        _, second = run_demo(environment, "--keep")  # what it leaves running is shown in Dagster
        with closing(open_catalog(settings)) as catalog, connect(catalog) as connection:
            yield Played(first, second, output, connection, {**environment, **lake})
    finally:
        turnstone(environment, "down")
