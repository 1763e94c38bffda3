"""A referral handler that raises, hangs, exits or returns rubbish is an error of that call and of nothing else."""

import time

import pytest

from fieldsvc.departments.discover import discover
from fieldsvc.departments.handlers import HandlerFailed, handler_of
from fieldsvc.plugin_api.referral import ReferralAnswer, ReferralView
from tests.support.plugins import GOOD, install

VIEW = ReferralView("r1", "x_duty", None, "h1", "p1", "样例 370281199001011234", "370281001001", "摘要", {"paid": "1.50"})
ANSWER = 'return ReferralAnswer("accepted")'


def handler(tmp_path, monkeypatch, body: str, seconds: float = 5.0):
    install(tmp_path, "trial", GOOD.replace(ANSWER, body))
    monkeypatch.syspath_prepend(tmp_path)
    (plugin,) = [p for p in discover()[0] if p.name == "trial"]
    made = handler_of(plugin, seconds)
    assert made is not None
    return made


def test_a_handler_sees_the_referral_and_its_answer_comes_back(tmp_path, monkeypatch):
    body = 'print("noise"); return ReferralAnswer("done", outcome={"paid": referral.facts["paid"], "id": referral.id})'
    answer = handler(tmp_path, monkeypatch, body)(VIEW)
    assert answer == ReferralAnswer("done", "", {"paid": "1.50", "id": "r1"})


@pytest.mark.parametrize(("body", "code"), [
    ("raise ValueError(referral.person_name)", "raised"),
    ("raise SystemExit", "raised"),
    ("import os; os._exit(0)", "exits"),
    ("import os; os.kill(os.getpid(), 9)", "exits"),
    ("return None", "rubbish"),
    ('return {"state": "done"}', "rubbish"),
    ('return ReferralAnswer("perhaps")', "rubbish"),
    ('return ReferralAnswer("returned")', "rubbish"),
    ('return ReferralAnswer("done", outcome={"x": object()})', "rubbish"),
    ("referral.id = 'other'", "raised"),
])  # fmt: skip
def test_a_bad_answer_is_named_and_quotes_nobody(tmp_path, monkeypatch, body, code):
    with pytest.raises(HandlerFailed) as failed:
        handler(tmp_path, monkeypatch, body)(VIEW)
    assert failed.value.code == code
    assert "370281199001011234" not in str(failed.value)


def test_a_handler_that_hangs_in_c_code_is_killed(tmp_path, monkeypatch):
    deliver = handler(tmp_path, monkeypatch, "import signal; signal.pthread_sigmask(0, range(1, 60)); 10 ** 10 ** 9", 1.0)
    began = time.monotonic()
    with pytest.raises(HandlerFailed) as failed:
        deliver(VIEW)
    assert failed.value.code == "hangs"
    assert time.monotonic() - began < 4


def test_a_department_without_a_handler_answers_by_hand(tmp_path, monkeypatch):
    code = GOOD[: GOOD.rindex("@hookimpl")]
    install(tmp_path, "byhand", code)
    monkeypatch.syspath_prepend(tmp_path)
    (plugin,) = [p for p in discover()[0] if p.name == "byhand"]
    assert handler_of(plugin) is None
