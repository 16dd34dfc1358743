from collections.abc import Iterator

import pytest

from infra.local.settings import LocalSettings
from pipelines.catalog import open_catalog
from pipelines.settings import LakeSettings
from pipelines.views import connect
from tests.main_job.played import Played, environment_of, run_demo


@pytest.fixture(scope="session")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Played]:
    state = tmp_path_factory.mktemp("demo")
    environment = environment_of(state)
    _, first = run_demo(environment)
    output, second = run_demo(environment)
    lake = LocalSettings(state_dir=state).environment()
    catalog = open_catalog(
        LakeSettings(
            catalog_uri=lake["TURNSTONE_LAKE_CATALOG_URI"], warehouse=lake["TURNSTONE_LAKE_WAREHOUSE"]
        )
    )
    with connect(catalog) as connection:
        yield Played(first, second, output, connection, {**environment, **lake})
    catalog.close()
