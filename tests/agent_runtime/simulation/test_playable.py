"""Where no recordings are at hand, the simulator plays and says so."""

from pathlib import Path

import pytest

from agent_runtime.domains.retail.conversations import retail_conversations
from agent_runtime.settings import RuntimeSettings


@pytest.mark.spec("A10")
def test_the_simulator_plays_where_no_recordings_are_and_says_so(tmp_path: Path) -> None:
    settings = RuntimeSettings(recordings=tmp_path / "absent", simulated_conversations=31)
    conversations = retail_conversations(settings)
    playable = list(conversations.stream)
    assert conversations.total == len(playable) == 30
    assert "simulator" in conversations.source
    assert [each.conversation_id for each in playable[:4]] == [
        *("scripted-1/0", "scripted-2/0", "scripted-3/0"),
        "scripted-1/1",
    ]
