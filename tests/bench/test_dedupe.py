import pytest

from tests.bench.dedupe import curve

pytestmark = [pytest.mark.stack, pytest.mark.spec("E5")]


@pytest.mark.parametrize("kind", ["chunks", "entries"])
def test_every_id_passes_once_also_where_old_ones_come_again(kind: str) -> None:
    steps = curve(kind, 200_000)  # it compares what passed with what had to

    assert [step.ids for step in steps] == list(range(20_000, 200_001, 20_000))
