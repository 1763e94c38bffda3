"""Which of several reports counts, whatever order they arrive in; and what is kept of the rest."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from fieldsvc.eligibility.vocabulary import Fact
from fieldsvc.facts.rules import Row, contradictions, merge, rebuild

FACTS = {"income_month": Fact("income_month", "月收入", "person", "money", {}, ("department", "visit", "registry"), 12)}
DAY = datetime(2025, 3, 1, 9, tzinfo=UTC)

rows = st.lists(
    st.builds(
        lambda days, value, kind, source: (DAY + timedelta(days=days), value, kind, source),
        st.integers(0, 3), st.sampled_from(["100", "200.5", "300"]), st.sampled_from(["visit", "department", "registry"]),
        st.uuids().map(str),
    ), max_size=8,
)  # fmt: skip


def history(reports, start=1):
    return [Row("p", n, "person", "income_month", v, at, kind, source) for n, (at, v, kind, source) in enumerate(reports, start)]


@given(rows, st.integers(0, 8))
def test_a_batch_at_a_time_gives_what_the_whole_history_gives(reports, cut):
    lines = history(reports)
    assert merge(merge({}, lines[:cut], FACTS), lines[cut:], FACTS) == rebuild(lines, FACTS)


@given(rows, st.permutations(range(8)))
def test_arrival_order_matters_only_between_equals(reports, order):
    shuffled = [reports[i] for i in order if i < len(reports)]
    one, other = rebuild(history(reports), FACTS), rebuild(history(shuffled), FACTS)
    assert [e[1:3] for e in one.values()] == [e[1:3] for e in other.values()]


@given(rows)
def test_the_current_value_is_the_latest_and_then_the_best_ranked(reports):
    found = rebuild(history(reports), FACTS).get("income_month")
    assert (found is None) == (not reports)
    if found:
        latest = max(at for at, *_ in reports)
        kinds = {kind for at, _, kind, _ in reports if at == latest}
        assert found[1] == latest.isoformat(timespec="microseconds")
        assert found[2] == next(kind for kind in FACTS["income_month"].sources if kind in kinds)


def test_a_visit_that_arrives_late_never_overwrites_a_later_one():
    march = Row("p", 1, "person", "income_month", "800", DAY, "visit", "v2")
    february = Row("p", 2, "person", "income_month", "900", DAY - timedelta(days=28), "visit", "v1")
    assert merge(merge({}, [march], FACTS), [february], FACTS)["income_month"][0] == "800"


def test_of_one_source_only_the_last_revision_counts_and_it_can_take_back():
    first = Row("p", 1, "person", "income_month", "800", DAY, "visit", "v1", 1)
    earlier = Row("p", 2, "person", "income_month", "500", DAY - timedelta(days=9), "visit", "v0", 1)
    corrected = Row("p", 3, "person", "income_month", "80", DAY, "visit", "v1", 2)
    taken_back = Row("p", 4, "person", "income_month", None, DAY, "visit", "v1", 3)
    assert rebuild([first, earlier, corrected], FACTS)["income_month"][0] == "80"
    assert rebuild([first, earlier, corrected, taken_back], FACTS)["income_month"][0] == "500"
    assert rebuild([first, taken_back], FACTS) == {}


def test_contradicting_sources_are_listed_best_first():
    lines = history([(DAY, "800", "visit", "v1"), (DAY, "1200", "department", "d1"), (DAY, "700", "visit", "v0")])
    assert [e[0] for e in contradictions(lines, FACTS)["income_month"]] == ["1200", "700"]
    assert contradictions(lines[:1], FACTS) == {}
