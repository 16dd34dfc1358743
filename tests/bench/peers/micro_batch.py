"""The peer that teams write first: confluent-kafka and pyiceberg, a micro-batch at a time."""

import sys
from pathlib import Path
from typing import Final

from pipelines.settings import LakeSettings
from streaming.settings import StreamingSettings
from tests.bench.peers.consuming import consume_with
from tests.bench.peers.measured import Measured, Peer

GUARANTEES: Final = (
    "At least once: a crash between the append and the offset commit doubles the batch in both tables; "
    "it remembers event ids in memory only, forgets them with the process, has no table of dead letters, "
    "and checks only that the envelope is there and the payload a JSON object."
)


def consume(lake: LakeSettings, streaming: StreamingSettings, records: int) -> Measured:
    """Measures it; see :data:`tests.bench.peers.measured.Consume`."""
    return consume_with(
        Path(sys.executable),
        "tests.bench.peers.micro_batch_worker",
        lake=lake,
        streaming=streaming,
        records=records,
        guarantees=GUARANTEES,
    )


PEER: Final = Peer("confluent-kafka + pyiceberg micro-batches", consume, GUARANTEES)
