"""What a client sends reaches no log, also when it is no request at all."""

import socket
import subprocess
import sys
import time

import pytest

from tests.support.processes import environment, free_port

pytestmark = pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
BAD = (b"GET /api/v1/households?q=Zhang San 370281199001011234 HTTP/9.9\r\n\r\n", b"GET / HTTP/1.1\r\nAuthorization Bearer abc.def\r\n\r\n")


def test_a_request_line_or_header_that_cannot_be_read_is_not_quoted(settings):
    port = free_port()
    command = [sys.executable, "-m", "fieldsvc", "run", "--bind", f"127.0.0.1:{port}", "--workers", "1"]
    server = subprocess.Popen(command, env=environment(settings), stderr=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        for raw in BAD:
            send(port, raw)
    finally:
        server.terminate()
    out, err = server.communicate(timeout=30)
    told = (out + err).decode()
    assert "Invalid request from ip" in told
    assert not [word for word in ("Zhang", "370281199001011234", "abc.def", "127.0.0.1") if word in told], told


def send(port, raw, tries=100):
    for _ in range(tries):
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=5) as wire:
                wire.sendall(raw)
                return wire.recv(4096)
        except ConnectionError:
            time.sleep(0.2)
    raise AssertionError("the server never answered")
