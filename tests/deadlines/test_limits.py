"""Where a limit comes from: a text's clause, or a local setting that says so; nobody's setting is no deadline."""

from datetime import datetime

import pytest

from fieldsvc.deadlines.rules import AID_FIRST, VERIFY, Clock, Limits, source_text
from fieldsvc.departments.load import load_departments
from fieldsvc.kit.clock import CHINA
from fieldsvc.kit.settings import Settings
from fieldsvc.policy.refusals import Refused

WHEN = datetime(2026, 3, 2, 9, tzinfo=CHINA)
EMERGENCY = Clock(AID_FIRST, WHEN, "emergency_advance_hours")


@pytest.fixture
def deployment(tmp_path):
    """``deployment(text, "zibo")`` → the limits of a deployment whose supplement holds ``text``."""

    def made(text="", place="jiaozhou"):
        file = tmp_path / "own.toml"
        file.write_text(f'jurisdiction = "{place}"\n{text}', encoding="utf-8")
        return Limits(load_departments(Settings(tmp_path, "sqlite://", supplements=(file,))).policy, place)

    return made


def setting(name, value, unit="working_day", start="2026-01-01", more=""):
    return f'[[parameter]]\nname = "{name}"\nvalue = {value}\nunit = "{unit}"\nfrom = {start}\nreference = "本县〔2026〕1号"\n{more}\n'


def test_24_hours_carry_zibo_s_clause_and_are_zhangdian_s_by_its_notice(deployment):
    length = deployment(place="zibo").length(EMERGENCY)
    assert (length.amount, length.unit, length.source["kind"]) == (24, "hour", "clause")
    assert (length.source["clause"], length.source["quote"]) == ("二(六)", "全面落实急难对象24小时先行救助制度")
    assert "淄民〔2021〕45号 二(六)" in source_text(length.source)
    assert deployment(place="zhangdian").length(EMERGENCY).source["documents"] == ["张民〔2021〕61号", "淄民〔2021〕45号"]


@pytest.mark.parametrize("place", ["puning", "changle", "jiaozhou", "huining"])
def test_no_other_text_sets_24_hours_and_none_is_made_up(deployment, place):
    assert deployment(place=place).length(EMERGENCY) is None
    assert deployment(place=place).due(EMERGENCY) == (None, None, False)
    assert source_text(None) == "未设定时限"


def test_a_setting_says_that_it_is_one_and_never_bears_a_clause(deployment):
    limits = deployment(setting("deadline_verify", 3) + setting("emergency_advance_hours", 12, "hour"))
    length = limits.length(Clock(VERIFY, WHEN, "low"))
    assert length.source["kind"] == "setting" and "clause" not in length.source
    assert source_text(length.source) == "3个工作日（本地设定：本县〔2026〕1号）"
    assert limits.length(EMERGENCY).source["kind"] == "setting"


def test_the_closest_setting_counts_each_in_its_own_unit(deployment):
    limits = deployment(setting("deadline_verify", 3) + setting("deadline_verify_high", 24, "hour"))
    assert [limits.length(Clock(VERIFY, WHEN, severity)).unit for severity in ("high", "medium")] == ["hour", "working_day"]


def test_the_setting_in_force_on_the_day_it_began_counts(deployment):
    limits = deployment(setting("deadline_verify", 5, more="until = 2026-03-01") + setting("deadline_verify", 3, start="2026-03-02"))
    before = datetime(2026, 3, 1, 23, 59, tzinfo=CHINA)
    assert [limits.length(Clock(VERIFY, when)).amount for when in (before, WHEN)] == [5, 3]
    assert limits.length(Clock(VERIFY, datetime(2025, 12, 31, 23, 59, tzinfo=CHINA))) is None


def test_a_deployment_s_own_holidays_and_office_hours(deployment):
    own = setting("deadline_holidays", '["2060-04-02"]', "date") + setting("deadline_make_up_days", '["2060-04-04"]', "date")
    calendar = deployment(own + setting("deadline_day_close", '"17:30"', "time_of_day")).calendar()
    assert [len(calendar.holidays), len(calendar.make_up_days), str(calendar.close)] == [1, 1, "17:30:00"]


@pytest.mark.parametrize("wrong", [
    setting("deadline_verfy", 3), setting("deadline_verify", 3, "day"), setting("deadline_verify", 0), setting("deadline_verify", -3),
    setting("deadline_verify", '"1.5"'), setting("deadline_verify", 100000, "hour"), setting("deadline_verify", "{ high = 3 }"),
    setting("deadline_holidays", '["2026-02-30"]', "date"), setting("deadline_holidays", "[20260210]", "date"),
    setting("deadline_holidays", '"2026-02-10"', "date"), setting("deadline_day_close", '"25:00"', "time_of_day"),
    setting("deadline_day_close", '"17:30"', "text"),
])  # fmt: skip
def test_a_setting_that_would_be_nobody_s_deadline_is_refused_with_file_and_line(deployment, wrong):
    with pytest.raises(Refused) as refused:
        deployment(wrong)
    told = str(refused.value)
    assert "own.toml:" in told and "修改办法" in told


def test_a_deployment_cannot_rewrite_the_24_hours_of_its_text(deployment):
    with pytest.raises(Refused, match="本地设定不得改写"):
        deployment(setting("emergency_advance_hours", 48, "hour"), "zibo")
