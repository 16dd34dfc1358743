"""When new events are built: at most one build at a time, none in vain, a failed one again."""

from hypothesis import given
from hypothesis import strategies as st

from dagster_project.new_days import Ask, Cursor, Wait, decide, settle

EVERY_S = 120.0


def test_nothing_new_asks_for_nothing() -> None:
    for cursor, newest in ((Cursor(), None), (Cursor(built=7), 7)):
        decided = decide(cursor, newest, 1e9, EVERY_S)
        assert isinstance(decided, Wait)
        assert decided.cursor == cursor


def test_a_new_snapshot_is_asked_for_once_and_built_when_its_runs_succeeded() -> None:
    asked = decide(Cursor(built=7), 8, 1e9, EVERY_S)
    assert isinstance(asked, Ask)
    assert isinstance(decide(asked.cursor, 9, 2e9, EVERY_S), Wait)
    assert settle(asked.cursor, [True, None]) == asked.cursor
    assert settle(asked.cursor, [True, True]) == Cursor(built=8, asked_at=1e9)


def test_commits_that_come_quickly_share_a_build() -> None:
    just_built = Cursor(built=8, asked_at=1e9)
    early = decide(just_built, 9, 1e9 + EVERY_S - 1, EVERY_S)
    assert isinstance(early, Wait)
    assert early.why == "snapshot 9 is new; the next build is due in 1 s"
    assert isinstance(decide(just_built, 9, 1e9 + EVERY_S, EVERY_S), Ask)


def test_a_failed_build_does_not_move_the_cursor_and_comes_again_more_slowly() -> None:
    asked = decide(Cursor(built=7), 8, 1e9, EVERY_S)
    failed = settle(asked.cursor, [True, False])
    assert (failed.built, failed.asked, failed.tries) == (7, None, 1)
    assert isinstance(decide(failed, 8, 1e9 + EVERY_S, EVERY_S), Wait)
    again = decide(failed, 8, 1e9 + 2 * EVERY_S, EVERY_S)
    assert isinstance(again, Ask)
    assert again.cursor.token != asked.cursor.token
    assert settle(again.cursor, [True]) == Cursor(built=8, asked_at=1e9 + 2 * EVERY_S)


@given(st.lists(st.tuples(st.integers(1, 5), st.sampled_from([True, False, None])), max_size=30))
def test_the_cursor_only_ever_moves_to_a_snapshot_whose_build_succeeded(
    steps: list[tuple[int, bool | None]],
) -> None:
    cursor, succeeded, now = Cursor(), {None}, 0.0
    for newest, state in steps:
        now += 10_000
        before = cursor
        cursor = settle(cursor, [state])
        if state and before.asked is not None:
            succeeded.add(before.asked)
        cursor = decide(cursor, newest, now, EVERY_S).cursor
        assert cursor.built in succeeded
