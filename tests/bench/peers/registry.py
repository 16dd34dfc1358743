"""The peers of the stream benchmark, in the order in which they are measured."""

from typing import Final

from tests.bench.peers import kafka_connect, micro_batch, quixstreams
from tests.bench.peers.measured import Peer

PEERS: Final[tuple[Peer, ...]] = (micro_batch.PEER, quixstreams.PEER, kafka_connect.PEER)
