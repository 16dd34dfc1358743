"""Reasons for differences are found from evidence, and nothing else is explained."""

import json
from pathlib import Path

import pytest

from agent_runtime.domains.retail import RETAIL_TOOLS, RetailDatabase, load_shop
from agent_runtime.domains.retail.exactness import Reason, Replayer, RunExactness, explain_all
from agent_runtime.domains.retail.exactness.reasons import explain_run
from agent_runtime.domains.retail.exactness.report import markdown
from agent_runtime.domains.retail.exactness.witnesses import Witnesses
from agent_runtime.messages import ToolCall
from agent_runtime.recordings import (
    AgentCall,
    AgentText,
    CustomerTurn,
    RecordedConversation,
    RecordedGrade,
    Recordings,
    Step,
    Task,
)

CANCEL = ToolCall("1", "cancel_pending_order", {"order_id": "#P", "reason": "no longer needed"})
LOOK = ToolCall("2", "get_order_details", {"order_id": "#P"})
STOP = CustomerTurn(raw="###STOP###", text="", stops=True)
TORN = AgentCall(
    call=ToolCall("3", "think", {"thought": ""}),
    observation="Error: Error executing tool think: Expecting value: line 3 column 1 (char 20)",
)


def recorded(
    number: int,
    *steps: Step,
    reward: float = 0.0,
    truth: tuple[ToolCall, ...] = (CANCEL,),
    digest: str | None = None,
) -> RecordedConversation:
    return RecordedConversation(
        conversation_id=f"run/{number}",
        run="run",
        model="gpt-4o",
        task_id=number,
        task=Task(user_id="ada_1", instruction="", actions=truth, outputs=()),
        policy=None,
        steps=(*steps, STOP),
        closing_thoughts=(),
        grade=RecordedGrade(reward=reward, truth_digest=digest),
        error=None,
    )


def observed(call: ToolCall, observation: str) -> AgentCall:
    return AgentCall(call=call, observation=observation)


def answers(database: RetailDatabase, *calls: ToolCall) -> list[str]:
    """What our tools answer to calls on an untouched shop."""
    store = database.store("asking")
    store.forget()
    return [RETAIL_TOOLS.call(store, each).text for each in calls]


def explain(database: RetailDatabase, *conversations: RecordedConversation) -> RunExactness:
    replayer = Replayer(database)
    replayed = [replayer.replay(each) for each in conversations]
    return explain_run("run", replayed, replayer, Witnesses(database, replayed))


def reasons(exactness: RunExactness) -> list[tuple[str, int | None, Reason]]:
    differences = (*exactness.observations, *exactness.rewards)
    return [(each.conversation_id, each.place, each.reason) for each in differences]


def test_an_exact_record_has_no_differences(database: RetailDatabase) -> None:
    cancelled, looked = answers(database, CANCEL, LOOK)
    conversation = recorded(1, observed(CANCEL, cancelled), observed(LOOK, looked), reward=1.0)
    assert reasons(explain(database, conversation)) == []


def test_one_wrong_byte_is_unexplained(database: RetailDatabase) -> None:
    (looked,) = answers(database, LOOK)
    conversation = recorded(1, TORN, observed(LOOK, looked.replace("80.1", "80.10")), truth=(), reward=1.0)
    exactness = explain(database, conversation)
    assert reasons(exactness)[1] == ("run/1", 1, Reason.UNEXPLAINED)
    assert len(exactness.unexplained()) == 1


def test_a_wrong_reward_is_unexplained(database: RetailDatabase) -> None:
    assert reasons(explain(database, recorded(1, reward=1.0))) == [("run/1", None, Reason.UNEXPLAINED)]


@pytest.mark.parametrize(
    ("observation", "reason"),
    [
        ('# var_3 = "Error: order not found"', Reason.REWRITTEN),
        ('# var_3 = "Error: user not found"', Reason.UNEXPLAINED),
        ("# var_3 = \"Error: X.invoke() got an unexpected keyword argument 'user'\"", Reason.OTHER_CALL),
        ("# var_3 = \"Error: X.invoke() got an unexpected keyword argument 'order_id'\"", Reason.UNEXPLAINED),
        (
            "Error: Error executing tool get_order_details: Extra data: line 1 column 2 (char 3)",
            Reason.TORN_READ,
        ),
        ("Error: Error executing tool get_order_details: out of memory", Reason.UNEXPLAINED),
    ],
)
def test_texts_that_explain_themselves(database: RetailDatabase, observation: str, reason: Reason) -> None:
    missing = ToolCall("1", "get_order_details", {"order_id": "#X"})
    conversation = recorded(1, observed(missing, observation), truth=(), reward=1.0)
    assert reasons(explain(database, conversation)) == [("run/1", 0, reason)]


def test_a_write_of_another_conversation_explains_only_in_a_run_that_shared_its_shop(
    database: RetailDatabase,
) -> None:
    cancelled, looked = answers(database, CANCEL, LOOK)
    writer = recorded(1, observed(CANCEL, cancelled), reward=1.0)
    reader = recorded(2, observed(LOOK, looked), truth=(), reward=1.0)
    assert reasons(explain(database, writer, reader)) == [("run/2", 0, Reason.UNEXPLAINED)]
    exactness = explain(database, writer, reader, recorded(3, TORN, truth=(), reward=1.0))
    assert reasons(exactness) == [("run/2", 0, Reason.FOREIGN_WRITE), ("run/3", 0, Reason.TORN_READ)]
    assert exactness.observations[0].evidence == "cancel_pending_order by run/1, step 0"


def test_a_write_that_was_lost_explains_what_is_seen_later(database: RetailDatabase) -> None:
    (cancelled,), (untouched,) = answers(database, CANCEL), answers(database, LOOK)
    conversation = recorded(1, TORN, observed(CANCEL, cancelled), observed(LOOK, untouched), reward=1.0)
    exactness = explain(database, conversation)
    assert reasons(exactness)[1:] == [("run/1", 2, Reason.LOST_WRITE)]
    assert exactness.observations[1].evidence == "without cancel_pending_order, step 1"


def test_a_learned_tool_explains_the_very_text_that_it_answered(database: RetailDatabase) -> None:
    looked = answers(database, CANCEL, LOOK)[1]
    bulk = ToolCall("9", "cancel_all", {"order_ids": ["#P"]})
    learned = observed(bulk, json.dumps({"#P": looked}))
    exactness = explain(database, recorded(1, learned, observed(LOOK, looked)))
    assert reasons(exactness) == [("run/1", 1, Reason.LEARNED_WRITE)]
    assert not exactness.replayed[0].whole
    late = explain(database, recorded(1, observed(LOOK, looked), learned))
    assert reasons(late) == [("run/1", 0, Reason.UNEXPLAINED)]


def test_a_scorer_that_hashed_the_untouched_shop_is_found_by_its_digest(database: RetailDatabase) -> None:
    untouched = database.digest({})
    blind = recorded(1, reward=1.0, digest=untouched)
    silent = recorded(2, reward=1.0, digest=None)
    exactness = explain(database, blind, silent, blind)
    assert [each.reason for each in exactness.rewards] == [Reason.BLIND_SCORER] * 3
    assert all(each.follows for each in exactness.other_scorings)


def test_a_silent_conversation_next_to_a_seeing_scorer_stays_unexplained(database: RetailDatabase) -> None:
    blind = recorded(1, reward=1.0, digest=database.digest({}))
    cancelled = database.store("cancelled")
    RETAIL_TOOLS.call(cancelled, CANCEL)
    seeing = recorded(3, reward=0.0, digest=cancelled.state_digest())
    exactness = explain(database, blind, recorded(2, reward=1.0), seeing)
    assert reasons(exactness)[1] == ("run/2", None, Reason.UNEXPLAINED)


def test_a_second_scoring_compares_the_ground_truth_with_itself(database: RetailDatabase) -> None:
    text = AgentText(text="Bye")
    assert reasons(explain(database, recorded(1, STOP, text, reward=1.0))) == [
        ("run/1", None, Reason.SCORED_AGAIN)
    ]
    other = ToolCall("1", "cancel_pending_order", {"order_id": "#G", "reason": "no longer needed"})
    (other_cancelled,) = answers(database, other)
    written_between = recorded(1, STOP, observed(other, other_cancelled), reward=1.0)
    assert reasons(explain(database, written_between)) == [("run/1", None, Reason.UNEXPLAINED)]


@pytest.mark.recordings
@pytest.mark.spec("A10")
def test_every_recorded_run_is_replayed_exactly_or_the_difference_is_explained(
    recordings_folder: Path,
) -> None:
    source = Recordings(recordings_folder)
    replayer = Replayer(RetailDatabase(load_shop(recordings_folder)))
    runs = explain_all(source, replayer)
    calls = [call for run in runs for each in run.replayed for call in each.calls]
    assert (len(runs), sum(len(run.replayed) for run in runs), len(calls)) == (13, 1365, 10_855)
    assert [each for run in runs for each in run.unexplained()] == []
    assert all(each.follows for run in runs for each in run.other_scorings)
    different = {run.run for run in runs if run.observations or run.rewards}
    exact = {run.run for run in runs} - different
    assert exact == {
        "gpt-4o__preconditions",
        "gpt-4.1__dynamic-subtasks",
        "gpt-4.1__subtasks-check",
        "gpt-4.1-mini__tool-calling",
    }
    page = (Path(__file__).parents[4] / "docs" / "replay.md").read_text(encoding="utf-8")
    assert page == markdown(runs, replayer, source.tasks()), "run the command that the page names"


@pytest.mark.recordings
def test_recorded_digests_of_the_ground_truth_are_ours_or_of_the_untouched_shop(
    recordings_folder: Path,
) -> None:
    source = Recordings(recordings_folder)
    replayer = Replayer(RetailDatabase(load_shop(recordings_folder)))
    equal = 0
    for run in source.runs():
        for each in source.conversations(run):
            if each.task and each.grade.truth_digest:
                ours = replayer.truth(each.task_id, each.task).digest
                assert each.grade.truth_digest in {ours, replayer.untouched_digest}
                equal += each.grade.truth_digest == ours != replayer.untouched_digest
    assert equal > 400


@pytest.mark.recordings
def test_our_schemas_are_those_of_the_public_tools(recordings_folder: Path) -> None:
    public = json.loads((recordings_folder / "tools.json").read_text())

    def shape(tool: dict[str, dict[str, dict[str, dict[str, dict[str, object]]]]]) -> object:
        parameters = tool["function"]["parameters"]
        properties = {
            name: {key: value for key, value in each.items() if key != "description"}
            for name, each in parameters["properties"].items()
        }
        return tool["function"]["name"], list(properties), properties, parameters["required"]

    assert [shape(each) for each in RETAIL_TOOLS.schemas()] == [shape(each) for each in public]
