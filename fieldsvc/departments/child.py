"""Running a plugin's code in a process of its own, under a time limit that nothing in the plugin can lift.

A signal cannot interrupt a C loop, a thread cannot be killed, and ``os._exit`` ends whoever calls it: a process can be
killed from outside, always.
"""

import os
import signal
import subprocess
import sys
import tempfile

LARGEST = 1 << 20


class ChildFailed(Exception):
    """The child gave no answer. ``code`` is ``hangs`` or ``exits``."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code


def ask(module: str, arguments: list[str], payload: bytes, seconds: float) -> bytes:
    """Run ``python -m module arguments… FD``, give ``payload`` on its standard input, return what it wrote to ``FD``.

    What the plugin prints goes nowhere. Raises ``ChildFailed``.
    """
    with tempfile.TemporaryFile() as answer:
        command = [sys.executable, "-m", module, *arguments, str(answer.fileno())]
        child = subprocess.Popen(command, pass_fds=(answer.fileno(),), env=_environment(), stdin=subprocess.PIPE,
                                 stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)  # fmt: skip
        try:
            child.communicate(payload, timeout=seconds)
        except subprocess.TimeoutExpired:
            raise ChildFailed("hangs", f"超过 {seconds:g} 秒没有结果，已停止。") from None
        finally:
            _end(child)
        answer.seek(0)
        text = answer.read(LARGEST + 1)
    if not text or len(text) > LARGEST:
        raise ChildFailed("exits", f"没有给出结果就结束了（{child.returncode}）。")
    return text


def _end(child: "subprocess.Popen[bytes]") -> None:
    """The whole session of a child that still runs. One already reaped is left alone: its number may be somebody else's."""
    if child.poll() is None:
        os.killpg(child.pid, signal.SIGKILL)
        child.wait()


def answer_with(channel: str, text: bytes) -> None:
    """The child's last act: threads and exit handlers of the plugin have no say."""
    with os.fdopen(int(channel), "wb") as out:
        out.write(text)
    os._exit(0)


def _environment() -> dict[str, str]:
    """The child finds what this process finds, and no secret of the deployment."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("FIELDSVC_")}
    return kept | {"PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
