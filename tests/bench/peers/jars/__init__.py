"""Where the jars of the peers are, and the poms that say which."""

from pathlib import Path
from typing import Final

from tests.bench.peers.measured import FOLDER

POMS: Final = Path(__file__).parent
JARS: Final = FOLDER / "jars"
