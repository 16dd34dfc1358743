"""Where the time of the stream job goes: samples of its threads, by what they do."""

import re
import shutil
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Final

_PHASES: Final = (
    ("bronze: Parquet", re.compile(r"org\.apache\.iceberg|Rows\$Bronze"), "Source: "),
    ("silver: Parquet", re.compile(r"org\.apache\.iceberg"), "first of each id"),
    ("commits", re.compile(r"org\.apache\.iceberg"), ""),
    ("envelope, verdict, masks", re.compile(r"turnstone\.stream\.(Envelope|ArrivalReader|JsonObject)"), ""),
    ("shuffle by event id", re.compile(r"RecordWriter|StreamTaskNetworkInput|KeyGroupStreamPartitioner"), ""),
    ("deduplication", re.compile(r"turnstone\.stream\.Deduplicate|rocksdb", re.IGNORECASE), ""),
    ("Kafka client", re.compile(r"org\.apache\.kafka|connector\.kafka"), ""),
)
"""What is done, how its frames look, and in which thread; the first that fits is taken."""
_WAITS: Final = re.compile(r"EPoll|poll0|wait\(|park|accept0|ProcessImpl|socketRead")
_EVENTS: Final = "jdk.ExecutionSample,jdk.NativeMethodSample"


def profile(pid: int, seconds: float) -> dict[str, float]:
    """Share of the samples of a Java process by phase, the compiler and the collector left out.

    Args:
        pid: The process.
        seconds: How long it is looked at.

    Returns:
        Shares between 0 and 1 that add up to 1, the largest first.
    """
    with tempfile.TemporaryDirectory() as folder:
        recording = Path(folder) / "samples.jfr"
        _jcmd(pid, "JFR.start", "name=turnstone", "settings=profile")
        time.sleep(seconds)
        _jcmd(pid, "JFR.stop", "name=turnstone", f"filename={recording}")
        counts = Counter(_phases(recording))
    total = counts.total()
    return {phase: number / total for phase, number in counts.most_common()}


def _phases(recording: Path) -> Iterator[str]:
    printed = subprocess.run(
        [_tool("jfr"), "print", "--events", _EVENTS, "--stack-depth", "64", str(recording)],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    for sample in printed.split("\n\n"):
        thread = re.search(r'sampledThread = "([^"]+)"', sample)
        if thread and not ("NativeMethodSample" in sample and _WAITS.search(_first_frame(sample))):
            yield _phase(thread[1], sample)


def _phase(thread: str, sample: str) -> str:
    for phase, frames, of_thread in _PHASES:
        if thread.startswith(of_thread) and frames.search(sample):
            return phase
    return "the engine itself"


def _first_frame(sample: str) -> str:
    _, _, frames = sample.partition("stackTrace = [")
    return frames.strip().split("\n", 1)[0]


def _jcmd(pid: int, *command: str) -> None:
    subprocess.run([_tool("jcmd"), str(pid), *command], capture_output=True, check=True)


def _tool(name: str) -> str:
    found = shutil.which(name)
    assert found, f"{name} is not on the PATH: it comes with the JDK"
    return found
