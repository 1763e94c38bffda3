"""The worker's jobs side by side in one process."""

import pytest

from fieldsvc import worker

pytestmark = pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)


def test_a_job_that_fails_keeps_no_other_from_its_turn(site, monkeypatch, capfd):
    done = []

    def broken(*_):
        raise ValueError("张三")

    def sound(*_):
        done.append(1)
        return 1 if len(done) < 3 else 0

    monkeypatch.setattr(worker, "JOBS", (broken, sound))
    hands = worker.Hands(site.settings, None)
    hands.work()
    hands.site.db.dispose()
    told = capfd.readouterr()
    assert len(done) == 3
    assert "job_broken" in told.out + told.err and "张三" not in told.out + told.err
