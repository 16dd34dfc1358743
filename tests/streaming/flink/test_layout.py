"""How the stream lays out its files: few a commit however many tenants, and a big tenant's apart."""

from pathlib import Path

import pytest

from pipelines.catalog import open_catalog
from pipelines.row_filters import equal
from pipelines.tables import BRONZE, SILVER
from streaming.contract.cloudevents import SCHEMA_PREFIX
from tests.stack import RawRecord, StackUnderTest
from tests.streaming.flink.records import event, record, with_header

pytestmark = pytest.mark.stack

TENANTS = 1_000
TYPES = 10
BIG = "tenant-big"


def of(tenant: str, number: int) -> RawRecord:
    kind = f"kind_{number % TYPES}"
    one = with_header(record(event("layout", number)), "ce_tenantid", tenant.encode())
    one = with_header(one, "ce_type", kind.encode())
    return with_header(one, "ce_dataschema", f"{SCHEMA_PREFIX}{kind}:1".encode())


@pytest.mark.spec("F1", "F2", "F7")
def test_a_thousand_tenants_of_ten_types_are_few_files_a_commit(stack: StackUnderTest) -> None:
    small = [of(f"small-{number % TENANTS}", number) for number in range(TENANTS * TYPES)]
    big = [of(BIG, TENANTS * TYPES + number) for number in range(500)]
    catalog = open_catalog(stack.local.lake)
    before = {
        one.snapshot_id
        for definition in (BRONZE, SILVER)
        for one in catalog.load_table(definition.name).snapshots()
    }
    stack.wait_until_in_bronze(stack.send([*small, *big]))

    groups = stack.local.job.small_tenant_groups + 1
    most = stack.settings.parallelism * groups
    for definition in (BRONZE, SILVER):
        table = catalog.load_table(definition.name)
        later = [one for one in table.snapshots() if one.snapshot_id not in before and one.summary]
        added = [int(one.summary["added-data-files"] or 0) for one in later]
        # Other tests' events are of other days: at most two at once.
        assert max(added) <= 2 * most
        tasks = list(table.scan(row_filter=equal("tenant_id", BIG)).plan_files())
        rows = sum(task.file.record_count for task in tasks)
        folders = {Path(task.file.file_path).parent.name for task in tasks}
        assert rows == len(big), "a query for a big tenant reads its own files and no others"
        assert folders == {f"tenant_group={BIG}"}
    catalog.close()


@pytest.mark.spec("F7")
def test_a_small_tenant_is_always_in_the_same_group(stack: StackUnderTest) -> None:
    stack.wait_until_in_bronze(stack.send([of("small-one", 20_000 + number) for number in range(50)]))
    stack.wait_until_in_bronze(stack.send([of("small-one", 21_000 + number) for number in range(50)]))

    found = stack.query("select distinct tenant_group from silver.events where tenant_id = 'small-one'")
    [(group,)] = found
    assert group.startswith("_"), "no tenant is called so"
    in_bronze = stack.query("select distinct tenant_group from bronze.events where tenant_id = 'small-one'")
    assert in_bronze == found
