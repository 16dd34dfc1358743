"""Quix Streams: the Python stream framework with releases this year (bytewax has had none since 2024)."""

from typing import Final

from pipelines.settings import LakeSettings
from streaming.settings import StreamingSettings
from tests.bench.peers.consuming import consume_with
from tests.bench.peers.errors import PeerNotSetUpError
from tests.bench.peers.measured import FOLDER, Measured, Peer

GUARANTEES: Final = (
    "At least once: a crash between the append and the checkpoint doubles what came in between, in both "
    "tables; event ids are kept in RocksDB with a changelog topic, so that they survive the process, but "
    "under the record's key and without an end; no table of dead letters, and it checks what the "
    "micro-batches check."
)


def consume(lake: LakeSettings, streaming: StreamingSettings, records: int) -> Measured:
    """Measures it; see :data:`tests.bench.peers.measured.Consume`.

    Raises:
        PeerNotSetUpError: Its environment is not there.
    """
    if PEER.missing:
        raise PeerNotSetUpError(PEER.missing)
    return consume_with(
        _PYTHON,
        "tests.bench.peers.quixstreams_worker",
        lake=lake,
        streaming=streaming,
        records=records,
        guarantees=GUARANTEES,
    )


_PYTHON: Final = FOLDER / "venv" / "bin" / "python"
PEER: Final = Peer("Quix Streams + pyiceberg", consume, GUARANTEES, needs=(_PYTHON,))
