"""One corpus of expressions: the compiled closures, the oracle and the written expectation give the same value."""

import tomllib
from datetime import date
from pathlib import Path

import pytest

from fieldsvc.forms.compile import compile_form
from fieldsvc.forms.model import CompiledForm
from tests.forms.oracle import Compiled, day_count
from tests.forms.oracle_elementpath import Elementpath

CORPUS = tomllib.loads((Path(__file__).parent / "corpus" / "expressions.toml").read_text("utf-8"))
EXPRESSIONS: dict[str, str] = CORPUS["expressions"]
TODAY = date(2025, 6, 15)
QUESTIONS = """
| survey | | | | |
| | type | name | label | relevant | calculation |
| | integer | n | n | | |
| | decimal | d | d | | |
| | decimal | neg | neg | | |
| | integer | z | z | | |
| | text | t | t | | |
| | text | digits | digits | | |
| | text | e | e | | |
| | text | padded | padded | | |
| | select_one list | one | one | | |
| | select_multiple list | many | many | | |
| | select_multiple list | none | none | | |
| | date | day | day | | |
| | date | later | later | | |
| | date | noday | noday | | |
| | dateTime | moment | moment | | |
| | integer | hidden | hidden | ${n} < 0 | |
| | begin repeat | rows | rows | | |
| | integer | q | q | | |
| | text | w | w | | |
| | integer | odd | odd | ${q} < 2 | |
| | end repeat | | | | |
| | begin repeat | full | full | | |
| | decimal | f | f | | |
| | date | g | g | | |
| | integer | part | part | | |
| | end repeat | | | | |
| | begin repeat | none_rows | none | | |
| | integer | nq | nq | | |
| | end repeat | | | | |
"""
SETTINGS = """
| choices | | | |
| | list_name | name | label |
| | list | x | x |
| | list | y | y |
| | list | z | z |
| settings | | | |
| | form_title | form_id | version |
| | 语料 | corpus | 1 |
"""


def corpus_form() -> CompiledForm:
    rows = [f"| | calculate | c{i} | | | {text.replace('|', chr(92) + '|')} |" for i, text in enumerate(EXPRESSIONS)]
    return compile_form(QUESTIONS.strip() + "\n" + "\n".join(rows) + SETTINGS, origin="corpus")


def answers() -> dict[str, object]:
    rows = [{**row, "odd": 1} for row in CORPUS["answers"]["rows"]]
    return {**CORPUS["answers"], "rows": rows}


@pytest.fixture(scope="module")
def results() -> dict[str, dict[str, str]]:
    form = corpus_form()
    judges = {"compiled": Compiled(form), "elementpath": Elementpath(form)}
    return {name: dict(judge.judge(answers(), TODAY).calculated) for name, judge in judges.items()}


@pytest.mark.parametrize(("number", "expression"), enumerate(EXPRESSIONS), ids=list(EXPRESSIONS))
def test_value(results: dict[str, dict[str, str]], number: int, expression: str) -> None:
    expected = EXPRESSIONS[expression]
    assert results["compiled"].get(f"c{number}", "") == expected
    assert results["elementpath"].get(f"c{number}", "") == CORPUS["elementpath"].get(expression, day_count(expected))
