"""Who listens on a port, as far as the kernel tells."""

import socket
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from infra.local.errors import PortTakenError


def require_free(ports: Mapping[str, int], host: str) -> None:
    """Checks that nobody listens on the ports that the stack wants.

    Args:
        ports: Port by the name of its setting.
        host: Address that the stack will listen on.

    Raises:
        PortTakenError: A port is taken; names it, its setting and, if it can be told, by whom.
    """
    for setting, port in ports.items():
        if is_taken(host, port):
            owner = owner_of(port)
            raise PortTakenError(
                f"port {port} ({setting}) is already taken{f' by {owner}' if owner else ''}; "
                f"stop that program, or set TURNSTONE_LOCAL_{setting.upper()} to a free port"
            )


def is_taken(host: str, port: int) -> bool:
    """Whether somebody listens on a port."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return True
        return False


def owner_of(port: int, proc: Path = Path("/proc")) -> str | None:
    """The process that listens on a port, as ``name (pid n)``; None where it cannot be told."""
    inodes = _listening_inodes(port, proc)
    if not inodes:
        return None
    for process in proc.glob("[0-9]*"):
        with suppress(OSError):  # gone by now, or not ours to look at
            if any(_link(fd) in inodes for fd in (process / "fd").iterdir()):
                name = (process / "cmdline").read_bytes().split(b"\0")[0].decode(errors="replace")
                return f"{Path(name).name} (pid {process.name})"
    return None


def free_ports(count: int, host: str = "127.0.0.1") -> list[int]:
    """Ports that nobody listens on now, each another one."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for one in sockets:
            one.bind((host, 0))
        return [one.getsockname()[1] for one in sockets]
    finally:
        for one in sockets:
            one.close()


def _link(fd: Path) -> str | None:
    try:
        return str(fd.readlink())
    except OSError:
        return None


def _listening_inodes(port: int, proc: Path) -> set[str]:
    listening = "0A"
    found = set()
    for table in (proc / "net" / "tcp", proc / "net" / "tcp6"):
        if not table.exists():
            continue
        for line in table.read_text().splitlines()[1:]:
            fields = line.split()
            if int(fields[1].rsplit(":", 1)[1], 16) == port and fields[3] == listening:
                found.add(f"socket:[{fields[9]}]")
    return found
