"""Several rows about one person or household: what agrees is said once, what contradicts itself waits for somebody to decide."""

from datetime import date

from tests.matching.conftest import number, rows_of
from tests.matching.county import as_csv, told


def states(site, run):
    return [(row["n"], row["state"], [r["code"] for r in row["reasons"]]) for row in rows_of(site, run["id"])]


def test_rows_that_contradict_each_other_are_all_doubtful(named, deliver, approve):
    run = deliver([told(姓名="王小明", 身份证号=number(2)), told(姓名="王小明", 身份证号=number(2), 助学金="否"),
                   told(姓名="李梅", 身份证号=number(4))])  # fmt: skip
    assert states(named, run) == [(2, "doubtful", ["conflict"]), (3, "doubtful", ["conflict"]), (4, "matched", [])]
    done = approve(run["id"])
    assert done["by_outcome"] == {"applied": 1, "desk": 2}, "a list's own contradiction is no question for a worker"


def test_rows_that_agree_are_told_once(named, deliver, approve):
    run = deliver([told(姓名="王小明", 身份证号=number(2)), told(姓名="王小明", 身份证号=number(2))])
    assert states(named, run) == [(2, "matched", []), (3, "matched", ["repeat"])]
    assert run["counts"]["changes"] == 1
    assert approve(run["id"])["by_outcome"] == {"applied": 1, "unchanged": 1}


def test_another_day_is_no_contradiction(named, deliver):
    run = deliver(
        [
            told(姓名="王小明", 身份证号=number(2)),
            told(姓名="王小明", 身份证号=number(2), 助学金="否", 数据日期="2026-09-01"),
        ]
    )
    assert [state for _, state, _ in states(named, run)] == ["matched", "matched"]


def test_two_members_who_say_different_things_of_one_household(named, deliver):
    """A housing list is about families: what husband and wife say of one house must agree."""
    heads = ("姓名", "身份证号", "住房来源", "数据日期")
    rows = [
        {"姓名": "王小明", "身份证号": number(2), "住房来源": tenure, "数据日期": "2026-10-01"}
        for tenure in ("自有", "公租房")
    ]
    run = deliver(None, feed="housing.housing_aid", data=as_csv(rows, "utf-8", heads), as_of=date(2026, 10, 1))
    assert [state for _, state, _ in states(named, run)] == ["doubtful", "doubtful"]
