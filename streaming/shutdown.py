"""An orderly end on SIGTERM: what was emitted is delivered before the process goes."""

import logging
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from streaming.errors import StreamingError
from streaming.producer import EventProducer

_log = logging.getLogger(__name__)


@contextmanager
def drain_on_sigterm(producer: EventProducer, timeout_s: float = 20.0) -> Iterator[None]:
    """Inside the block, SIGTERM closes the producer before it does what it did before.

    The first signal closes the producer in a thread of its own, because a handler may not wait
    for what it interrupted; events after that are refused. Then the signal is sent again, to
    whatever stood before the block: by default it ends the process. A second signal does so at once.

    Args:
        producer: The producer.
        timeout_s: How long the drain may take; orchestrators kill after 30 s by default.

    Raises:
        ValueError: This is not the main thread, which alone may handle signals.
    """

    def close_and_pass_on() -> None:
        try:
            producer.close(timeout_s)
        except StreamingError:
            _log.exception("producer %s could not drain on SIGTERM", producer.producer_id)
        os.kill(os.getpid(), signal.SIGTERM)

    def handle(number: int, frame: FrameType | None) -> None:
        del number, frame
        signal.signal(signal.SIGTERM, before or signal.SIG_DFL)
        threading.Thread(target=close_and_pass_on, name="turnstone-drain").start()

    before = signal.signal(signal.SIGTERM, handle)
    try:
        yield
    finally:
        if signal.getsignal(signal.SIGTERM) is handle:
            signal.signal(signal.SIGTERM, before or signal.SIG_DFL)
