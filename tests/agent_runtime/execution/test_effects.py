"""Retries, unknown outcomes and repeats, by what a tool declares: spec A2, A3."""

from typing import Any

import pytest

from agent_runtime.errors import OutcomeUnknownError, ToolRefusal, TransientError
from agent_runtime.execution import deliver
from agent_runtime.ledger import MemoryLedger
from agent_runtime.tools import IdempotencyKey, Retry, ToolResult, tool
from tests.agent_runtime.execution.bench_of_tools import START_NS, Bench, World

pytestmark = pytest.mark.spec("A2", "A3")


def failing(times: int, error: Exception, *, before: bool = True) -> Any:
    """Code that fails some times, before its effect or after it."""
    left = [times]

    def act(world: World, what: str) -> str:
        if not before:
            world.append(what)
        if left[0] > 0:
            left[0] -= 1
            raise error
        if before:
            world.append(what)
        return f"did {what}"

    return act


def write(act: Any, **declared: Any) -> Any:
    @tool(effect="write", **declared)
    def change(world: World, what: str) -> str:
        """Change something.

        Args:
            what: What.
        """
        return str(act(world, what))

    return change


def read(act: Any, **declared: Any) -> Any:
    @tool(effect="read", **declared)
    def look(world: World, what: str) -> str:
        """Look something up.

        Args:
            what: What.
        """
        return str(act([], what))

    return look


@pytest.mark.parametrize("error", [TransientError("busy"), TimeoutError(), OutcomeUnknownError("reset")])
async def test_a_read_is_retried_silently(error: Exception) -> None:
    bench = Bench(read(failing(2, error)))
    assert await bench.call("look", what="x") == ToolResult(text="did x")
    assert [end.attempt for end in bench.ends()] == [1, 2, 3]
    assert bench.guardrails() == []


async def test_a_read_that_keeps_failing_says_so_after_three_attempts() -> None:
    bench = Bench(read(failing(9, TransientError("busy"))))
    result = await bench.call("look", what="x")
    assert (result.ok, result.error_type) == (False, "unavailable")
    assert len(bench.ends()) == 3


async def test_a_bug_in_a_read_is_not_retried_and_its_text_is_for_the_events_only() -> None:
    bench = Bench(read(failing(9, KeyError("secret"))))
    result = await bench.call("look", what="x")
    assert result.error_type == "tool_failed"
    assert "secret" not in result.for_model()
    assert [each.payload.message for each in bench.events if each.type == "error"] == ["'secret'"]  # type: ignore[attr-defined]


async def test_waits_between_attempts_grow_and_are_drawn_at_random() -> None:
    retry = Retry(attempts=4, base_s=1, cap_s=3)
    bench = Bench(read(failing(3, TransientError("busy")), retry=retry), draw=lambda: 0.5)
    await bench.call("look", what="x")
    waited_s = (bench.clock.now_ns() - START_NS) / 1e9
    assert waited_s == pytest.approx(0.5 * (1 + 2 + 3), abs=0.5)


async def test_a_reversible_write_that_did_not_happen_is_retried_as_often_as_it_declares() -> None:
    change = write(failing(2, TransientError("busy")), reversible=True, retry=Retry(attempts=3))
    bench = Bench(change)
    assert (await bench.call("change", what="x")).ok
    assert bench.world == ["x"]
    assert len({end.idempotency_key for end in bench.ends()}) == 1
    assert [end.state for end in bench.ends()] == ["failed", "failed", "succeeded"]


async def test_an_irreversible_write_is_never_retried_by_itself() -> None:
    bench = Bench(write(failing(1, TransientError("busy"))))
    result = await bench.call("change", what="x")
    assert (result.error_type, result.state) == ("unavailable", "failed")
    assert bench.world == []
    assert len(bench.ends()) == 1


async def test_a_refusal_is_an_answer_and_closes_the_effect() -> None:
    bench = Bench(write(failing(1, ToolRefusal("not today"))))
    first = await bench.call("change", what="x")
    second = await bench.call("change", what="x")
    assert (first.text, second.text) == ("Error: not today", "did x")
    assert first.key != second.key


async def test_a_write_whose_answer_was_lost_is_not_made_again_where_nothing_makes_that_safe() -> None:
    bench = Bench(write(failing(1, ConnectionError("reset"), before=False)))
    first = await bench.call("change", what="x")
    second = await bench.call("change", what="x")
    assert first.error_type == second.error_type == "outcome_unknown"
    assert bench.world == ["x"]
    assert ("effect_ledger", "not_repeated") in bench.guardrails()
    assert "not known" in next(iter(bench.facts.values()))


async def test_a_write_that_takes_its_key_is_repeated_under_it() -> None:
    seen: list[str] = []

    @tool(effect="write")
    def pay(world: World, amount: int, key: IdempotencyKey) -> str:
        """Pay.

        Args:
            amount: How much.
        """
        seen.append(key)
        if key not in world:
            world.append(key)
            raise OutcomeUnknownError("reset")
        return "paid"

    bench = Bench(pay)
    result = await bench.call("pay", amount=5)
    assert (result.text, result.state) == ("paid", "succeeded")
    assert len(seen) == 2
    assert set(seen) == set(bench.world)
    assert "key" not in pay.parameters["properties"]


@pytest.mark.parametrize("happened", [True, False])
async def test_a_write_that_can_be_asked_about_is_reconciled(happened: bool) -> None:
    error = OutcomeUnknownError("reset")
    reconcile = lambda world, key, what: f"did {what}" if what in world else None  # noqa: E731
    bench = Bench(write(failing(1, error, before=not happened), reconcile=reconcile, timeout_s=2))
    result = await bench.call("change", what="x")
    if happened:
        assert (result.text, result.state) == ("did x", "succeeded")
    else:
        assert (result.error_type, result.state) == ("not_done", "failed")
        waited_s = (bench.clock.now_ns() - START_NS) / 1e9
        assert waited_s >= 2, "that it did not happen is believed only when it cannot be on its way"
    assert bench.world == (["x"] if happened else [])


async def test_a_store_that_remembers_makes_any_write_happen_once() -> None:
    answers: dict[str, str] = {}

    class Remembering(list[str]):
        def once(self, key: str, act: Any) -> str:
            if key not in answers:
                answers[key] = act()
            return answers[key]

    async def lost_once(tool: Any, store: Any, arguments: Any, key: str) -> object:
        answer = await deliver(tool, store, arguments, key)
        if lost:
            lost.pop()
            raise OutcomeUnknownError("reset")
        return answer

    lost = [1]
    bench = Bench(write(failing(0, KeyError())), world=Remembering(), carrier=lost_once)
    assert (await bench.call("change", what="x")).ok
    assert list(bench.world) == ["x"]


async def test_a_repeat_is_answered_from_the_ledger_until_the_customer_was_asked() -> None:
    bench = Bench(write(failing(0, KeyError())))
    first = await bench.call("change", what="x")
    again = await bench.call("change", what="x")
    assert again.from_ledger
    assert (again.key, again.text) == (first.key, first.text)
    assert "done already" in again.for_model()
    assert bench.world == ["x"]
    bench.next_message()
    confirmed = await bench.call("change", what="x")
    assert bench.world == ["x", "x"]
    assert confirmed.key != first.key


async def test_an_identical_call_in_a_later_turn_is_not_done_before_anybody_was_asked() -> None:
    bench = Bench(write(failing(0, KeyError())))
    await bench.call("change", what="x")
    bench.next_message()
    assert (await bench.call("change", what="x")).from_ledger
    assert bench.world == ["x"]


async def test_other_arguments_are_another_effect_unless_they_are_left_out_of_its_identity() -> None:
    @tool(effect="write", identity=["amount"])
    def give(world: World, amount: float, note: str = "") -> str:
        """Give.

        Args:
            amount: How much.
            note: Some words.
        """
        world.append(amount)
        return "given"

    bench = Bench(give)
    await bench.call("give", amount=5, note="for you")
    assert (await bench.call("give", amount=5.0, note="For you!")).from_ledger
    await bench.call("give", amount=6)
    assert bench.world == [5.0, 6.0]


async def test_an_idempotent_write_is_made_at_every_step_so_that_a_value_can_be_set_back() -> None:
    bench = Bench(write(failing(0, KeyError()), idempotent=True))
    for what in "aba":
        await bench.call("change", what=what)
    assert bench.world == ["a", "b", "a"]


@pytest.mark.parametrize("idempotent", [True, False])
async def test_a_turn_that_runs_again_in_a_new_process_finds_its_effects(idempotent: bool) -> None:
    ledger, change = MemoryLedger(), write(failing(0, KeyError()), idempotent=idempotent)
    await Bench(change, ledger=ledger).call("change", what="x")
    after = Bench(change, ledger=ledger)
    result = await after.call("change", what="x")
    assert (result.from_ledger, result.notice, after.world) == (True, "", [])


async def test_a_process_that_died_in_mid_call_leaves_what_the_next_one_takes_up() -> None:
    class Dies(BaseException):
        pass

    def dies(world: World, what: str) -> str:
        world.append(what)
        raise Dies

    reconcile = lambda world, key, what: f"did {what}" if what in world else None  # noqa: E731
    ledger, world = MemoryLedger(), list[str]()
    before = Bench(write(dies, reconcile=reconcile), ledger=ledger, world=world)
    with pytest.raises(Dies):
        await before.call("change", what="x")
    assert [each.state for each in await ledger.records("c")] == ["attempted"]
    after = Bench(write(dies, reconcile=reconcile), ledger=ledger, world=world)
    (told,) = await after.executor.recover()
    assert "did x" in told
    assert [each.state for each in await ledger.records("c")] == ["succeeded"]
    assert world == ["x"]


async def test_what_is_irreversible_is_not_repeated_by_a_new_process_alone() -> None:
    class Dies(BaseException):
        pass

    @tool(effect="write")
    def pay(world: World, key: IdempotencyKey) -> str:
        """Pay."""
        world.append(key)
        if len(world) == 1:
            raise Dies
        return "paid"

    ledger, world = MemoryLedger(), list[str]()
    with pytest.raises(Dies):
        await Bench(pay, ledger=ledger, world=world).call("pay")
    after = Bench(pay, ledger=ledger, world=world)
    await after.executor.recover()
    assert len(world) == 1
    assert (await after.call("pay")).text == "paid"
    assert len(set(world)) == 1, "the model asked for it again: the same key"
