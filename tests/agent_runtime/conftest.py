from collections.abc import Iterator
from pathlib import Path

import pytest

from agent_runtime.settings import RuntimeSettings
from tests.agent_runtime.sessions.servers import running_postgres, running_redis


@pytest.fixture(scope="session")
def recordings_folder() -> Path:
    """The retail folder of the public data set; the test is skipped where it is absent."""
    folder = RuntimeSettings().recordings
    if not (folder / "trajectories" / "manifest.json").is_file():
        pytest.skip(f"no public recordings at {folder}: set TURNSTONE_RUNTIME_RECORDINGS")
    return folder


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    pytest.importorskip("psycopg_pool", reason="no client for Postgres: dependency group `stores`")
    with running_postgres() as url:
        yield url


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    pytest.importorskip("redis", reason="no client for Redis: dependency group `stores`")
    with running_redis(tmp_path_factory.mktemp("redis")) as url:
        yield url


@pytest.fixture
def postgres_ledger_url(postgres_url: str) -> str:
    """The address of a database that has no ledger yet."""
    import psycopg  # noqa: PLC0415 - of the group `stores`

    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute("drop table if exists effects")
    return postgres_url
