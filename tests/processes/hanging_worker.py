"""``python -m tests.processes.hanging_worker``: the real worker, whose rules never come to an end."""

import time

from fieldsvc import worker
from fieldsvc.kit.settings import from_environment
from fieldsvc.screening import service


def forever(*_arguments: object) -> None:
    time.sleep(3600)


if __name__ == "__main__":
    service.examine = forever
    worker.run(from_environment(), workers=1)
