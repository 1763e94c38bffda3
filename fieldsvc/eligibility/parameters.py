"""Parameters in an expression: which one a name belongs to, trees put in their place, and their values of another day."""

from dataclasses import fields, replace
from functools import reduce
from typing import Any

from fieldsvc.policy.book import Answer, Found, Missing

from . import tree
from .binding import part
from .rulebook import RuleBook


def of_the_day(
    book: RuleBook, jurisdiction: str, answers: dict[str, Answer], node: tree.Node, params: tuple[str, ...], fact: str
) -> tuple[tree.Node, tuple[str, ...]]:
    """The tree with every parameter that was adjusted at some time replaced by its value on the fact's day, and the names under which
    ``answers`` now keeps those values. Of a day without a value there is none."""
    used: list[str] = []
    for name in params:
        base = base_parameter(book, name)
        dated = book.policy.dated(jurisdiction, base)
        if len(dated) < 2:
            used.append(name)
            continue
        values = [(f"{base}@{found.starts}", found) for found in dated]
        for own, found in values:
            answers[own + name[len(base) :]] = replace(found, parameter=replace(found.parameter, name=own))
        on_day = [(own + name[len(base) :], within(tree.Fact(fact), found)) for own, found in values]
        answers[f"{base}@"] = Missing(jurisdiction, base)
        on_day.append((f"{base}@", tree.Not(tree.Or(tuple(test for _, test in on_day)))))
        chosen: list[tree.Node] = [tree.When(test, tree.Param(each)) for each, test in on_day]
        node = replaced(node, name, reduce(lambda left, right: tree.Arith("+", left, right), chosen))
        used += [each for each, _ in on_day]
    return node, tuple(used)


def within(day: tree.Node, found: Found) -> tree.Node:
    """Whether a day lies in a value's time."""
    since = tree.Compare(">=", day, tree.Literal(found.starts))
    return since if found.ends is None else tree.And((since, tree.Compare("<=", day, tree.Literal(found.ends))))


def base_parameter(book: RuleBook, name: str) -> str:
    """The parameter whose part ``name`` is: an end of a range (``x_min``, ``x_max``), a row of a table (``x_urban``), or the
    end of a row (``x_urban_max``); the name itself where it is a parameter or part of none."""
    policy = book.policy
    if policy.named(name) or name in policy.open_points:
        return name
    for cut in range(len(name) - 1, 0, -1):
        if name[cut] == "_" and _has_part(book, name[:cut], name[cut + 1 :]):
            return name[:cut]
    return name


def _has_part(book: RuleBook, base: str, path: str) -> bool:
    if any(part(p.exact, path) is not None for p in book.policy.named(base)):
        return True
    point = book.policy.open_points.get(base)
    selector = book.vocabulary.get(point.by) if point else None
    return selector is not None and path in selector.choices


def replaced(node: tree.Node, name: str, by: tree.Node) -> tree.Node:
    """The tree with every use of the parameter replaced by another tree."""
    if isinstance(node, tree.Param):
        return by if node.name == name else node
    changed: dict[str, Any] = {each.name: _replaced(getattr(node, each.name), name, by) for each in fields(node)}
    return replace(node, **changed)


def _replaced(value: object, name: str, by: tree.Node) -> object:
    if isinstance(value, tuple):
        return tuple(_replaced(part, name, by) for part in value)
    return replaced(value, name, by) if isinstance(value, tree.Node) else value
