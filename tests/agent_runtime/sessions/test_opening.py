"""The store that the settings name: spec A8."""

from pathlib import Path

import pytest

from agent_runtime.sessions.errors import SessionStoreError, UnsafeStoreError
from agent_runtime.sessions.opening import lane_policy, open_session_store
from agent_runtime.settings import SessionSettings
from infra.local.ports import free_ports
from tests.agent_runtime.sessions.servers import running_redis


@pytest.mark.spec("A8")
async def test_a_redis_that_forgets_is_refused(tmp_path: Path) -> None:
    pytest.importorskip("redis", reason="no client for Redis: dependency group `stores`")
    refused = pytest.raises(UnsafeStoreError, match="set `appendonly yes`, or use Postgres")
    with running_redis(tmp_path, durable=False) as url, refused:
        await open_session_store(SessionSettings(store=url))


@pytest.mark.parametrize(
    ("scheme", "module"), [("redis", "redis"), ("postgresql", "psycopg_pool")], ids=["redis", "postgres"]
)
@pytest.mark.filterwarnings("ignore::ResourceWarning")  # a pool that never connected
async def test_a_server_that_is_not_there_is_told(scheme: str, module: str) -> None:
    pytest.importorskip(module, reason="no client: dependency group `stores`")
    (port,) = free_ports(1)
    settings = SessionSettings(store=f"{scheme}://127.0.0.1:{port}/0", timeout_s=1.0)
    with pytest.raises(SessionStoreError, match=r"(Redis|Postgres): "):
        await open_session_store(settings)


async def test_a_kind_that_nobody_knows_is_refused() -> None:
    with pytest.raises(UnsafeStoreError, match=r"takes a file, postgresql://… or redis://…"):
        await open_session_store(SessionSettings(store="mysql://somewhere"))


def test_leases_and_attempts_are_settings() -> None:
    policy = lane_policy(SessionSettings(lease_s=3, attempts=2))
    assert (policy.lease_s, policy.attempts) == (3, 2)
