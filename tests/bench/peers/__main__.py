"""``python -m tests.bench.peers``: fetches the jars of the peers, once. ``make peers`` runs it."""

import sys

from infra.local.jars import fetch_jars
from tests.bench.peers.jars import JARS, POMS

if __name__ == "__main__":
    if fetch_jars(JARS, POMS):
        sys.stdout.write("jars of the peers fetched\n")
