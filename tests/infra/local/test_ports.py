import os
import socket
from pathlib import Path

import pytest

from infra.local.errors import PortTakenError
from infra.local.ports import free_ports, is_taken, owner_of, require_free


def test_a_taken_port_is_named_with_its_owner_and_the_setting_to_change() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

        with pytest.raises(PortTakenError) as caught:
            require_free({"kafka_port": port}, "127.0.0.1")

    message = str(caught.value)
    assert f"port {port} (kafka_port) is already taken by " in message
    assert f"(pid {os.getpid()})" in message
    assert "set TURNSTONE_LOCAL_KAFKA_PORT to a free port" in message


def test_free_ports_are_free_and_different() -> None:
    ports = free_ports(5)
    assert len(set(ports)) == 5
    require_free({str(port): port for port in ports}, "127.0.0.1")


def test_a_port_that_was_just_closed_is_free_again() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()):
        port = server.getsockname()[1]
        assert is_taken("127.0.0.1", port)
    assert not is_taken("127.0.0.1", port)


def test_an_owner_that_cannot_be_told_is_none(tmp_path: Path) -> None:
    (port,) = free_ports(1)
    assert owner_of(port) is None
    assert owner_of(port, proc=tmp_path) is None
