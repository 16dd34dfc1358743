from pathlib import Path

import pytest

from agent_runtime.settings import RuntimeSettings


@pytest.fixture(scope="session")
def recordings_folder() -> Path:
    """The retail folder of the public data set; the test is skipped where it is absent."""
    folder = RuntimeSettings().recordings
    if not (folder / "trajectories" / "manifest.json").is_file():
        pytest.skip(f"no public recordings at {folder}: set TURNSTONE_RUNTIME_RECORDINGS")
    return folder
