from collections.abc import Iterator

import pytest

from pipelines.catalog import open_catalog
from pipelines.views import connect
from tests.main_job.played import Played, environment_of, lake_settings_of, run_demo


@pytest.fixture(scope="session")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Played]:
    state = tmp_path_factory.mktemp("demo")
    environment = environment_of(state)
    _, first = run_demo(environment)
    output, second = run_demo(environment)
    catalog = open_catalog(lake_settings_of(environment))
    with connect(catalog) as connection:
        yield Played(first, second, output, connection, environment)
    catalog.close()
