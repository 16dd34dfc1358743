"""The notebook runs on the tables that the demo left."""

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from tests.main_job.played import Played

pytestmark = [pytest.mark.stack, pytest.mark.timeout(900)]

NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "explore_gold.ipynb"


@pytest.mark.spec("F8")
# The kernel's ports close when the kernel does; that is not ours to await.
@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
def test_every_cell_runs_and_shows_something(played: Played, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in played.environment.items():
        monkeypatch.setenv(name, value)
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    NotebookClient(notebook, timeout=300, kernel_name="python3").execute()
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert all(cell.outputs for cell in code)
    shown = "".join(str(cell.outputs) for cell in code)
    assert "agent_daily" in shown
    assert "msg_received" in shown
