"""How parameters and citations are shown: document, number, clause, quote, dates; or the local document's reference."""

import re
from typing import Any

from fieldsvc.policy.book import Citation, Found, OutOfPeriod, Parameter, PolicyBook
from fieldsvc.policy.values import show

from .determination import LOCAL, SAMPLE, Authority, ParameterView
from .plan import Plan

_DAY = re.compile(r"@[\d-]*")


def local(reference: str, sample: bool) -> Authority:
    """A deployment's own document, never shown as the text's clause."""
    return Authority(f"{LOCAL}（{SAMPLE}）" if sample else LOCAL, reference=reference)


def cited(policy: PolicyBook, jurisdiction: str, cite: Citation) -> Authority:
    document = policy.documents[cite.document]
    starts, ends = policy.period(jurisdiction, cite.document)
    basis = policy.basis(jurisdiction, cite.document)
    via = f"{basis[0].title}（{basis[0].number}）" if len(basis) > 1 else ""
    label = f"文件（{LOCAL}确认继续施行：{document.confirmed}）" if document.confirmed else "文件"
    return Authority(
        label, document.id, document.title, document.number, cite.clause, cite.quote, via=via, starts=starts, ends=ends
    )


def authority(policy: PolicyBook, jurisdiction: str, cite: Citation | None, reference: str, sample: bool) -> Authority:
    return cited(policy, jurisdiction, cite) if cite else local(reference, sample)


def parameter_view(plan: Plan, name: str) -> ParameterView:
    """A parameter as the answer of the policy book on the plan's day, or on the day its name carries (``x@2025-07-01``, which is
    not shown); a missing one with the place that leaves it open."""
    answer, name = plan.answers[name], _DAY.sub("", name)
    if not isinstance(answer, Found | OutOfPeriod):
        return _missing(plan, name)
    parameter = answer.parameter
    state = "in_force" if isinstance(answer, Found) else "out_of_period"
    origin = authority(plan.book.policy, plan.jurisdiction, parameter.cite, parameter.reference, parameter.sample)
    return ParameterView(
        name, parameter.title, state, _shown(parameter), parameter.unit, answer.starts, answer.ends, origin
    )


def _shown(parameter: Parameter) -> Any:
    return show(parameter.exact)


def _missing(plan: Plan, name: str) -> ParameterView:
    point = plan.book.policy.open_points.get(name)
    if point is None:
        others = plan.book.policy.named(name)
        return ParameterView(name, others[0].title if others else name, "missing")
    origin = None
    if point.cite and point.cite.document in plan.book.policy.jurisdictions[plan.jurisdiction].documents:
        origin = cited(plan.book.policy, plan.jurisdiction, point.cite)
    return ParameterView(name, point.title, "missing", unit=point.unit, authority=origin)
