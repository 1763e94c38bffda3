"""Quotes are looked up in their clause; the lock notices a changed character without the texts."""

from datetime import date

import pytest

from fieldsvc.policy import clauses
from fieldsvc.policy.book import Citation, Document, PolicyBook, Quote
from fieldsvc.policy.check import check_quotes, verify_locks, write_locks
from fieldsvc.policy.clauses import ClausedText, TextMissing
from fieldsvc.policy.source import Package

TEXT = "关于 救助的通知\n一、总体要求 加强\n救助\n（一）对低保对象 给予资助\n（二）对特困 人员给予照料\n二、附则 2024年起执行"


@pytest.fixture(autouse=True)
def openings(monkeypatch):
    table = {"900": [("标题", "关于"), ("一", "一、总体"), ("一(一)", "（一）对低保"), ("一(二)", "（二）对特困"), ("二", "二、附则")]}
    monkeypatch.setattr(clauses, "openings", lambda: table)


@pytest.fixture
def texts(tmp_path):
    (tmp_path / "texts").mkdir()
    (tmp_path / "texts" / "900_abc.txt").write_text(TEXT, encoding="utf-8")
    return tmp_path / "texts"


POLICY = PolicyBook({"d": Document("d", "通知", "1号", date(2024, 1, 1), text="900")}, {}, ())


def quote(text, clause="一(一)", id="q1"):
    return Quote(id, "core", "a.toml", 7, Citation("d", clause, text))


@pytest.mark.parametrize(
    ("text", "clause"),
    [("对低保对象给予资助", "一(一)"), ("对低保对象 给予\n资助", "一(一)"), ("对低保对象给予资助", "一"),
     ("给予资助（二）对特困", "一"), ("2024年起", "二")],
)  # fmt: skip
def test_a_true_quote_is_found_inside_its_clause(texts, text, clause):
    report = check_quotes(POLICY, [quote(text, clause)], texts)
    assert report.ok
    (locked,) = report.locks["core"]
    assert clauses.squeeze(TEXT)[locked.place :].startswith(clauses.squeeze(text))


@pytest.mark.parametrize(
    ("text", "clause", "code"),
    [("对低保对象给予补助", "一(一)", "quote_not_found"), ("对低保对象给予资助", "一(二)", "quote_not_found"),
     ("对低保对象给予资助", "二", "quote_not_found"), ("对低保对象给予资助", "九", "no_clause")],
)  # fmt: skip
def test_a_false_quote_or_clause_is_named_with_its_line(texts, text, clause, code):
    (failure,) = check_quotes(POLICY, [quote(text, clause)], texts).failures
    assert (failure.code, failure.file, failure.line) == (code, "a.toml", 7)


def test_numbered_clauses_do_not_run_into_each_other():
    text = ClausedText("900", TEXT)
    text.spans = [("一1", 0, 5), ("一10", 5, 9), ("一1附", 9, 12)]
    assert text.within("一1") == [(0, 5), (9, 12)]


def test_a_missing_text_is_said(tmp_path):
    with pytest.raises(TextMissing):
        check_quotes(POLICY, [quote("对低保对象")], tmp_path)


@pytest.fixture
def locked(texts, tmp_path):
    package = Package("core", tmp_path / "package", core=True)
    (tmp_path / "package").mkdir()
    write_locks(check_quotes(POLICY, [quote("对低保对象给予资助")], texts), [package])
    return package


def test_without_the_texts_a_lock_vouches_for_a_quote(locked):
    assert verify_locks([quote("对低保对象给予资助")], [locked]).ok


@pytest.mark.parametrize(
    ("quotes", "code"),
    [([quote("对低保对象给予补助")], "lock_differs"), ([quote("对低保对象 给予资助")], "lock_differs"),
     ([quote("对低保对象给予资助", "一")], "lock_differs"), ([], "stale_lock"),
     ([quote("对低保对象给予资助"), quote("人员", id="q2")], "not_locked")],
)  # fmt: skip
def test_without_the_texts_any_difference_fails(locked, quotes, code):
    assert [f.code for f in verify_locks(quotes, [locked]).failures] == [code]


def test_a_package_without_a_lock_fails(tmp_path):
    assert [f.code for f in verify_locks([quote("对低保")], [Package("core", tmp_path, core=True)]).failures] == ["no_lock"]


def test_a_failed_report_locks_nothing(texts, locked):
    report = check_quotes(POLICY, [quote("没有的话")], texts)
    with pytest.raises(ValueError):
        write_locks(report, [locked])
