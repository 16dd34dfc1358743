"""Which events share a partition."""

import uuid
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs
from scipy.stats import chisquare

from streaming.contract.events import AgentEvent
from streaming.partition import partition_of
from streaming.partitioning import KeyOf, by_conversation, by_tenant, hybrid, key_by
from streaming.settings import StreamingSettings
from tests.streaming.flink.records import event

pytestmark = pytest.mark.spec("E4")

PARTITIONS = 12
BIG = frozenset({"big", "bigger"})
IDS = st.text(min_size=1, max_size=30)
MODES = [by_conversation, by_tenant, hybrid(BIG)]


def of(tenant: str, conversation: str, number: int = 0) -> AgentEvent:
    return structs.replace(event("keys", number), tenant_id=tenant, conversation_id=conversation)


def placed(key_of: KeyOf, tenant: str, conversations: int) -> Counter[int]:
    """Conversations by partition."""
    ids = (str(uuid.UUID(int=n * 0x9E3779B97F4A7C15)) for n in range(conversations))
    return Counter(partition_of(key_of(of(tenant, one)), PARTITIONS) for one in ids)


@pytest.mark.parametrize("key_of", MODES)
@given(tenant=IDS | st.sampled_from(sorted(BIG)), conversation=IDS, numbers=st.lists(st.integers(0, 99)))
def test_a_conversation_stays_in_one_partition_whatever_its_events_say(
    key_of: KeyOf, tenant: str, conversation: str, numbers: list[int]
) -> None:
    keys = {key_of(of(tenant, conversation, number)) for number in [0, *numbers]}
    assert len(keys) == 1


@given(tenant=IDS.filter(lambda tenant: tenant not in BIG), conversations=st.lists(IDS, min_size=2))
def test_a_small_tenant_stays_together(tenant: str, conversations: list[str]) -> None:
    assert {hybrid(BIG)(of(tenant, one)) for one in conversations} == {tenant.encode()}


@given(tenant=st.sampled_from(sorted(BIG)), conversation=IDS)
def test_a_big_tenants_conversations_have_the_keys_that_they_would_have_alone(
    tenant: str, conversation: str
) -> None:
    assert hybrid(BIG)(of(tenant, conversation)) == by_conversation(of("any", conversation))


@pytest.mark.parametrize("tenant", sorted(BIG))
def test_a_big_tenant_is_spread_evenly(tenant: str) -> None:
    """Chi-squared against equal shares: a hash that spreads is not told from a fair die."""
    found = placed(hybrid(BIG), tenant, 12_000)
    assert len(found) == PARTITIONS
    assert chisquare([found[p] for p in range(PARTITIONS)]).pvalue > 1e-3
    assert max(found.values()) < 1.15 * 12_000 / PARTITIONS


def test_small_tenants_are_spread_over_the_partitions_among_themselves() -> None:
    tenants = [f"tenant-{n}" for n in range(600)]
    found = Counter(partition_of(hybrid(BIG)(of(tenant, "c")), PARTITIONS) for tenant in tenants)
    assert len(found) == PARTITIONS
    assert chisquare([found[p] for p in range(PARTITIONS)]).pvalue > 1e-3


def test_the_mode_and_the_big_tenants_are_configured(monkeypatch: pytest.MonkeyPatch) -> None:
    one = of("big", "conversation-1")
    assert key_by(StreamingSettings())(one) == b"conversation-1"
    monkeypatch.setenv("TURNSTONE_STREAMING_PARTITION_KEY", "tenant")
    assert key_by(StreamingSettings())(one) == b"big"
    monkeypatch.setenv("TURNSTONE_STREAMING_PARTITION_KEY", "hybrid")
    assert key_by(StreamingSettings())(one) == b"big"
    monkeypatch.setenv("TURNSTONE_STREAMING_BIG_TENANTS", '["big", "bigger"]')
    assert key_by(StreamingSettings())(one) == b"conversation-1"


def test_a_mode_that_does_not_exist_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TURNSTONE_STREAMING_PARTITION_KEY", "random")
    with pytest.raises(ValueError, match="'conversation', 'tenant' or 'hybrid'"):
        StreamingSettings()
