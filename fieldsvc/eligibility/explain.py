"""Why: every condition of every rule with its inputs, parameters and texts, worked out anew from stored facts."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from fractions import Fraction
from typing import Any

from fieldsvc.policy.book import Answer, Found, in_time
from fieldsvc.policy.values import show

from . import tree
from .authority import authority, cited, parameter_view
from .determination import (
    VERDICTS,
    AmountView,
    ConditionView,
    Determination,
    FactValue,
    InputView,
    ParameterView,
    Ruled,
    SubjectView,
)
from .language import parse
from .missing import Search
from .oracle import value_of
from .plan import (
    ELIGIBLE,
    NOT_ELIGIBLE,
    OFF,
    OUT_OF_PERIOD,
    UNKNOWN,
    Aggregate,
    Plan,
    Ruling,
    Step,
    Tier,
    Verdict,
    Yuan,
    amount_column,
    conditions,
    unless_column,
    verdict_column,
)
from .planner import make_plan
from .reading import read
from .rulebook import Condition, Rule, RuleBook
from .state import State, run
from .vocabulary import NO_TIER, RECOGNISED_TIER, TIER

Given = Mapping[str, FactValue]
_RESULTS = {True: "true", False: "false", None: "unknown"}
_LETTERS = {True: ELIGIBLE, False: NOT_ELIGIBLE, None: UNKNOWN}


def explain(
    book: RuleBook, jurisdiction: str, on: date, household: Given, members: Mapping[str, Given], household_id: str = ""
) -> Determination:
    """Every rule of the jurisdiction on that day for one household: facts of the household, and of each person by id.

    Runs no polars query. Raises KeyError for an unknown jurisdiction.
    """
    return worked_through(book, jurisdiction, on, household, members, household_id).determination()


def worked_through(
    book: RuleBook, jurisdiction: str, on: date, household: Given, members: Mapping[str, Given], household_id: str = ""
) -> "Explanation":
    """The same, with the views made on demand."""
    return Explanation(_plan(book, jurisdiction, on), household, members, household_id)


def _plan(book: RuleBook, jurisdiction: str, on: date) -> Plan:
    kept: dict[tuple[str, date], Plan] = book.__dict__.setdefault("_plans", {})
    if (jurisdiction, on) not in kept:
        if len(kept) >= 16:
            kept.clear()
        kept[jurisdiction, on] = make_plan(book, jurisdiction, on)
    return kept[jurisdiction, on]


class Explanation:
    """One household worked through a plan, with the views made on demand."""

    def __init__(self, plan: Plan, household: Given, members: Mapping[str, Given], household_id: str = ""):
        self.plan, self.household_id = plan, household_id
        self.given: dict[str | None, Given] = {None: household, **{p: members[p] for p in sorted(members)}}
        self.steps = plan.by_name()
        exact = {who: self._known(who, facts) for who, facts in self.given.items()}
        self.state: State = run(plan, exact[None], {who: facts for who, facts in exact.items() if who is not None})

    def _known(self, who: str | None, given: Given) -> dict[str, Any]:
        """Exact values of the subject's own facts, of a person only those the plan reads; a fact of the other kind of subject does
        not belong here."""
        facts, subject = self.plan.book.vocabulary.facts, "household" if who is None else "person"
        names = given if who is None else self.plan.facts
        own = {name: given[name] for name in names if name in given and name in facts and facts[name].subject == subject}
        return {name: exact for name, value in own.items() if (exact := self._exact(name, value)) is not None}

    def _exact(self, name: str, given: FactValue) -> Any:
        """The exact value, or None when it is unreadable, past its time, or no fact of the vocabulary."""
        vocabulary = self.plan.book.vocabulary
        fact = vocabulary.facts.get(name)
        if fact is None or name in self.steps or not vocabulary.still_known(name, given.as_of, self.plan.on):
            return None
        return read(fact, given.value)

    def determination(self) -> Determination:
        place = self.plan.book.policy.jurisdictions[self.plan.jurisdiction]
        subjects = tuple(self._subject(who) for who in self.given)
        return Determination(
            self.household_id, place.id, place.name, place.code, self.plan.on, self.plan.book.hash, subjects
        )

    def _subject(self, who: str | None) -> SubjectView:
        subject = "household" if who is None else "person"
        rules = tuple(self.ruled(r, who) for r in self.plan.book.rules() if r.subject == subject)
        if who is None or TIER not in self.steps:
            return SubjectView(subject, self.household_id if who is None else who, rules)
        tier, source, rule = self.tier(who)
        known = self.plan.book.vocabulary.get(TIER)
        return SubjectView(subject, who, rules, tier, known.choices.get(tier or "", "") if known else "", source, rule)

    def tier(self, who: str) -> tuple[str | None, str, str]:
        """The person's tier, how it came about, and the programme that proposes it."""
        get, tier = self.state.get(who), self.state.get(who)(TIER)
        if get(RECOGNISED_TIER) not in (None, NO_TIER):
            return tier, "recognised", ""
        proposing = [r.id for r in self.plan.book.programmes if r.tier == tier and get(verdict_column(r.id))]
        return tier, "proposed" if tier else "", proposing[0] if proposing else ""

    def ruled(self, rule: Rule, who: str | None) -> Ruled:
        """One rule's verdict on one subject (None: the household)."""
        ruling = self.plan.rulings[rule.id]
        letter = ruling.status or _LETTERS[self.state.get(who)(verdict_column(rule.id))]
        office = self.plan.book.policy.office(self.plan.jurisdiction, rule.duty)
        views = tuple(self._condition(c, node, who) for c, node in conditions(ruling))
        undecided = [n for c, n in conditions(ruling) if self.value(n, who) is None] if letter == UNKNOWN else []
        asks = {name: c.ask for c, node in conditions(ruling) if c.ask for name in tree.facts_of(node)}
        missing, supplements = Search(self.plan, self.state, self.household_id).below(undecided, who, asks)
        return Ruled(
            rule.id, rule.title, "indicator" if rule.is_indicator else "programme", who or self.household_id, letter,
            VERDICTS[letter], rule.duty, office.office if office else "", self._note(ruling, letter), views,
            self._amount(rule, ruling, who), missing, supplements, self._late(ruling), self._late_documents(ruling),
            self._alert(rule, ruling, who),
        )  # fmt: skip

    def value(self, node: tree.Node, who: str | None) -> Any:
        return value_of(node, self.plan, self.state.get(who))

    def _note(self, ruling: Ruling, letter: str) -> str:
        if letter == OFF:
            return f"需先设定参数：{parameter_view(self.plan, ruling.rule.needs_parameter).title}"
        if letter != OUT_OF_PERIOD:
            return ""
        spans = [(v.title, v.starts, v.ends) for v in self._late(ruling)]
        spans += [(a.title, a.starts, a.ends) for a in self._late_documents(ruling)]
        return "；".join(f"{title}施行期为{start}起{f'至{end}止' if end else ''}" for title, start, end in spans)

    def _late(self, ruling: Ruling) -> tuple[ParameterView, ...]:
        return tuple(parameter_view(self.plan, n) for n in ruling.late if not n.startswith("document:"))

    def _late_documents(self, ruling: Ruling) -> tuple[Any, ...]:
        cites = {c.cite.document: c.cite for c in (ruling.body.conditions if ruling.body else ()) if c.cite}
        late = [n.removeprefix("document:") for n in ruling.late if n.startswith("document:")]
        return tuple(cited(self.plan.book.policy, self.plan.jurisdiction, cites[d]) for d in late)

    def _condition(self, condition: Condition, node: tree.Node, who: str | None) -> ConditionView:
        origin = authority(
            self.plan.book.policy, self.plan.jurisdiction, condition.cite, condition.reference, condition.sample
        )
        inputs = tuple(self.input(name, who) for name in tree.facts_of(node))
        result = _RESULTS[self.value(node, who)]
        return ConditionView(
            condition.id, condition.label, condition.test, result, inputs, self._parameters(condition.test), origin, condition.ask
        )

    def _parameters(self, *texts: str) -> tuple[ParameterView, ...]:
        return tuple(parameter_view(self.plan, name) for name in self._named(*texts))

    def _named(self, *texts: str) -> list[str]:
        """Parameters an expression names, and those inside its test parameters (条件参数)."""
        names: dict[str, None] = {}
        waiting = [name for text in texts if text for name in tree.params_of(parse(text))]
        while waiting:
            name = waiting.pop(0)
            answer = self.plan.answers.get(name)
            if name not in names and answer is not None:
                names[name] = None
                parameter = getattr(answer, "parameter", None)
                if parameter is not None and parameter.unit == "test":
                    waiting += tree.params_of(parse(parameter.value))
        return list(names)

    def _amount(self, rule: Rule, ruling: Ruling, who: str | None) -> AmountView | None:
        step = self.steps.get(amount_column(rule.id))
        if ruling.body is None or ruling.body.amount is None or not isinstance(step, Yuan):
            return None
        amount, value = ruling.body.amount, self.state.get(who)(step.name)
        origin = authority(self.plan.book.policy, self.plan.jurisdiction, amount.cite, amount.reference, amount.sample)
        nodes = [node for node in (step.value, step.cap) if node is not None]
        inputs = tuple(self.input(name, who) for name in dict.fromkeys(n for node in nodes for n in tree.facts_of(node)))
        eligible = self.state.get(who)(verdict_column(rule.id)) is True
        yuan = fen_text(value) if eligible and value is not None else None
        shown = self._of_the_day(step.params, amount.as_of, who) if amount.as_of else self._named(amount.value, amount.cap)
        parameters = tuple(parameter_view(self.plan, name) for name in shown)
        return AmountView(yuan, amount.value, amount.cap, amount.floor, inputs, parameters, origin)

    def _of_the_day(self, names: Iterable[str], fact: str, who: str | None) -> list[str]:
        """Of a parameter's dated values the one that was in force on the day; that there was none, where the day is known."""
        known = self.plan.book.vocabulary.get(fact)
        day = self.state.get(None if known is not None and known.subject == "household" else who)(fact)
        held = [name for name in names if "@" not in name or _held(self.plan.answers[name], day)]
        lacking = [name for name in names if name.endswith("@") and day and not any(each.startswith(name) for each in held)]
        return held + lacking

    def _alert(self, rule: Rule, ruling: Ruling, who: str | None) -> bool:
        if rule.alert is None or ruling.status:
            return False
        wanted = {"eligible": True, "not_eligible": False, "unknown": None}[rule.alert.when]
        get = self.state.get(who)
        cleared = not rule.alert.unless or get(unless_column(rule.id)) is False
        return get(verdict_column(rule.id)) is wanted and cleared

    def input(self, name: str, who: str | None) -> InputView:
        """A fact as a condition read it, with what it was computed from."""
        fact = self.plan.book.vocabulary.get(name)
        owner = None if fact is None or fact.subject == "household" else who
        value = self.state.get(owner)(name)
        shown = fact.choices.get(value, "") if fact is not None and isinstance(value, str) else ""
        step = self.steps.get(name)
        if step is not None:
            return self._computed(step, owner, value, shown)
        given, label = self.given[owner].get(name), self.plan.book.vocabulary.label(name)
        subject = owner or self.household_id
        if given is None or given.value is None:
            return InputView(name, label, subject, "unknown")
        state = "known" if value is not None else self._lost(name, given)
        raw = show(value) if value is not None else str(given.value)
        return InputView(name, label, subject, state, raw, shown, given.as_of, given.source_kind, given.source_id)

    def _lost(self, name: str, given: FactValue) -> str:
        still = self.plan.book.vocabulary.still_known(name, given.as_of, self.plan.on)
        return "unreadable" if still else "expired"

    def _computed(self, step: Step, owner: str | None, value: Any, shown: str) -> InputView:
        label, note = self.plan.book.vocabulary.label(step.name), ""
        if isinstance(step, Tier) and owner is not None:
            _, source, rule = self.tier(owner)
            note = {"recognised": "已认定", "proposed": f"建议（{rule or '均不符合'}）"}.get(source, "尚不能确定")
        parts = tuple(self._inputs_of(step, owner))
        parameters = tuple(parameter_view(self.plan, name) for name in step.params)
        return InputView(
            step.name, label, owner or self.household_id, "computed", show(value), shown, note=note,
            parameters=parameters, computed_from=parts,
        )  # fmt: skip

    def _inputs_of(self, step: Step, owner: str | None) -> Iterator[InputView]:
        if isinstance(step, Tier):
            yield from (self.input(n, owner) for n in step.reads if n == RECOGNISED_TIER)
            return
        for who in list(self.state.persons) if isinstance(step, Aggregate) else [owner]:
            for name in step.reads:
                if not isinstance(self.steps.get(name), Verdict):
                    yield self.input(name, who)


def _held(answer: Answer, day: date | None) -> bool:
    return day is not None and isinstance(answer, Found) and in_time(day, answer.starts, answer.ends)


def fen_text(value: Fraction) -> str:
    """Yuan with two places, half a fen rounded up."""
    fen = (value * 200 + 1) // 2
    return f"{fen // 100}.{fen % 100:02d}"
