"""What validating a visit costs: compiled profile, marshmallow, and the reference engines, interleaved in one run.

    uv run python bench/forms.py [--rounds 7] [--json]

Two visits: the one the speed target speaks of (30 questions, 8 rules) and the sample household visit (33 questions, 29 rules,
a repeat). marshmallow checks types, required, choices and ranges only; it knows no relevance, calculation or conditional rule.
CPU microseconds per visit, median of the rounds; ratios against the compiled path.
"""

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from fieldsvc.forms.compile import compile_form
from fieldsvc.forms.model import CompiledForm
from tests.forms.oracle import Compiled, Rxeval
from tests.forms.oracle_elementpath import Elementpath
from tests.forms.oracle_marshmallow import Marshmallow
from tests.forms.samples import VISIT_DAY, full_visit

HEAD = "| survey |\n| | type | name | label | required | relevant | constraint | calculation |\n"
TAIL = """
| choices | | | |
| | list_name | name | label |
| | yesno | yes | 是 |
| | yesno | no | 否 |
| | needs | money | 资金 |
| | needs | care | 照料 |
| settings | | | |
| | form_title | form_id | version |
| | 三十题 | thirty | 1 |
"""


def thirty_questions() -> tuple[CompiledForm, dict[str, Any]]:
    rows = [
        "date | day | 日期 | yes | | . <= today() |",
        "text | phone | 电话 | | | regex(., '^1[0-9]{10}$') |",
        "integer | size | 人口 | yes | | . >= 1 and . <= 20 |",
        "decimal | income | 收入 | yes | | . >= 0 |",
        "calculate | each | | | | | round(${income} div ${size}, 2)",
        "select_one yesno | ill | 患病 | yes | | |",
        "decimal | paid | 自付 | | ${ill} = 'yes' | . >= 0 and . <= 10000000 |",
        "select_multiple needs | needs | 需要 | | ${ill} = 'yes' and ${paid} > 1000 | |",
    ]
    answers: dict[str, Any] = {
        "day": "2025-03-02", "phone": "13800000000", "size": 3, "income": 2400.5, "each": 800.17, "ill": "yes",
        "paid": 12000.5, "needs": ["money"],
    }  # fmt: skip
    kinds = [
        ("text", "情况属实，需要回访"),
        ("integer", 7),
        ("decimal", 1.5),
        ("select_one yesno", "no"),
        ("date", "2025-01-31"),
    ]
    for number in range(22):
        kind, value = kinds[number % len(kinds)]
        rows.append(f"{kind} | q{number} | 第{number}题 | {'yes' if number % 2 else ''} | | |")
        answers[f"q{number}"] = value
    return compile_form(HEAD + "\n".join(f"| | {row} |" for row in rows) + TAIL, origin="bench"), answers


def household() -> tuple[CompiledForm, dict[str, Any]]:
    path = Path(__file__).parents[1] / "tests/forms/data/household_visit.md"
    return compile_form(path, origin=path.name), full_visit()


def cpu_micros(action: Callable[[], object], times: int) -> float:
    start = time.process_time()
    for _ in range(times):
        action()
    return (time.process_time() - start) / times * 1e6


def measure(form: CompiledForm, answers: dict[str, Any], day: date, rounds: int) -> dict[str, float]:
    assert Compiled(form).judge(answers, day).problems == frozenset()
    assert Elementpath(form).judge(answers, day).problems == frozenset()
    marshmallow, rxeval, elementpath = Marshmallow(form), Rxeval(form), Elementpath(form)
    assert marshmallow.judge(answers, day).problems == frozenset()
    actions: dict[str, tuple[Callable[[], object], int]] = {
        "compiled": (lambda: form.validate(answers, today=day), 2000),
        "marshmallow": (lambda: marshmallow.judge(answers, day), 300),
        "rxeval": (lambda: rxeval.judge(answers, day), 40),
        "elementpath": (lambda: elementpath.judge(answers, day), 8),
    }
    found: dict[str, list[float]] = {name: [] for name in actions}
    for _ in range(rounds):
        for name, (action, times) in actions.items():
            found[name].append(cpu_micros(action, times))
    return {name: statistics.median(values) for name, values in found.items()}


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--rounds", type=int, default=7)
    options.add_argument("--json", action="store_true")
    given = options.parse_args()
    visits = {"30 questions, 8 rules": thirty_questions(), "household visit, 29 rules": household()}
    results = {name: measure(form, answers, VISIT_DAY, given.rounds) for name, (form, answers) in visits.items()}
    if given.json:
        print(json.dumps(results))
        return
    for name, figures in results.items():
        print(name)
        for engine, micros in figures.items():
            print(f"  {engine:<12} {micros:>10,.1f} µs CPU {micros / figures['compiled']:>9,.1f} ×")


if __name__ == "__main__":
    main()
