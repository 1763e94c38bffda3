"""The worker's jobs side by side in one process."""

import pytest

from fieldsvc import worker
from tests.support.logs import logged

pytestmark = pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)


def test_a_job_that_fails_keeps_no_other_from_its_turn(site, monkeypatch):
    done = []

    def broken(*_):
        raise ValueError("张三")

    def sound(*_):
        done.append(1)
        return 1 if len(done) < 3 else 0

    monkeypatch.setattr(worker, "JOBS", (broken, sound))
    hands = worker.Hands(site.settings, None)
    with logged() as told:
        hands.work()
        written = told()
    hands.site.db.dispose()
    assert len(done) == 3
    assert "job_broken" in written and "张三" not in written
