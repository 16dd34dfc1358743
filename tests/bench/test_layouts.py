import pytest

from tests.bench.layouts import LAYOUTS, cost

pytestmark = [pytest.mark.stack, pytest.mark.spec("F7")]


def test_files_of_a_commit_do_not_grow_with_the_tenants_in_groups_alone() -> None:
    files = {name: cost(columns, 2_000, 40, 10).files for name, columns in LAYOUTS.items()}

    assert files["groups"] <= 8
    assert files["groups-types"] <= 80
    assert files["tenants"] == 40
