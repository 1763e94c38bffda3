"""Every quotation of the department's files stands in its text, inside the clause it names, and agrees with the lock."""

import os
from dataclasses import replace
from importlib.resources import files
from pathlib import Path

import pytest

from fieldsvc.policy.check import all_quotes, check_quotes, verify_locks
from fieldsvc.policy.source import Package

ROOT = Path(__file__).resolve().parents[3]
TEXTS = Path(os.environ.get("FIELDSVC_TEXTS") or ROOT.parent / "shared" / "seeds")
OWN = Package("fieldsvc_disaster", files("fieldsvc_disaster"))


def own_quotes(book):
    return [q for q in all_quotes(book.policy.quotes, book.quotes) if q.package == OWN.id]


@pytest.mark.skipif(not TEXTS.is_dir() and not os.environ.get("CI"), reason="the policy texts are not here")
def test_every_quote_stands_in_its_clause(books):
    assert check_quotes(books[True].policy, own_quotes(books[True]), TEXTS).failures == ()


@pytest.mark.skipif(not TEXTS.is_dir() and not os.environ.get("CI"), reason="the policy texts are not here")
def test_a_changed_quote_or_clause_is_seen(books):
    first = next(q for q in own_quotes(books[True]) if q.cite.document == "huining-2022")
    for cite in (replace(first.cite, quote=first.cite.quote + "吗"), replace(first.cite, clause="三(五)")):
        assert check_quotes(books[True].policy, [replace(first, cite=cite)], TEXTS).failures


def test_quotes_agree_with_the_lock(books):
    quotes = own_quotes(books[True])
    assert verify_locks(quotes, [OWN]).failures == ()
    changed = replace(quotes[0], cite=replace(quotes[0].cite, quote=quotes[0].cite.quote[:-1]))
    assert verify_locks([changed, *quotes[1:]], [OWN]).failures


def test_a_condition_cites_the_text_of_its_own_place(books):
    """A Huining condition never rests on Jiaozhou's text."""
    book = books[False]
    for rule in (r for r in book.rules() if r.package == OWN.id):
        for place, body in rule.bodies.items():
            own = book.policy.jurisdictions[place].documents[0]
            assert {c.cite.document for c in body.conditions} == {own}, rule.id
