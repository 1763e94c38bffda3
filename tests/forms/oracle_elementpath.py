"""The oracle: elementpath evaluates the expressions pyxform wrote into the XForm; relevance and calculations run to
a fixed point.

Nothing here comes from our parser, resolver, compiler or plan. elementpath knows XPath 1.0; the ODK functions are
given below,
written from the ODK documentation. Dates stand in the instance as day counts, because XPath 1.0 cannot order dates.
"""

import math
import operator
import re
import xml.etree.ElementTree as ET
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from elementpath import ElementPathError, XPath1Parser, XPathContext, XPathNode

from fieldsvc.forms.model import CompiledForm
from tests.forms.oracle import Judgement, day_count, instance

XF, H, JR = "{http://www.w3.org/2002/xforms}", "{http://www.w3.org/1999/xhtml}", "{http://openrosa.org/javarosa}"
NAN = math.nan


class OdkParser(XPath1Parser):
    """XPath 1.0 and the functions of the ODK XForms specification."""

    DEFAULT_NAMESPACES = {**XPath1Parser.DEFAULT_NAMESPACES, "jr": JR[1:-1]}  # noqa: RUF012


class OdkToken:
    """Mixed into every token: a node is true by its text, not by its being there."""

    def boolean_value(self, obj: Any) -> bool:
        if isinstance(obj, list) and obj and isinstance(obj[0], XPathNode):
            return self.string_value(obj[0]) != ""  # type: ignore[attr-defined]
        return super().boolean_value(obj)  # type: ignore[misc]


def _values(token: Any, context: Any, index: int) -> list[Any]:
    found = token[index].evaluate(context)
    items = found if isinstance(found, list) else [found]
    return [each for each in items if not (isinstance(each, XPathNode) and each.elem.get("off"))]


def _text(token: Any, context: Any, index: int) -> str:
    found = token[index].evaluate(context)
    return token.string_value(found[0] if isinstance(found, list) and found else found if found != [] else "")


def _number(token: Any, context: Any, index: int) -> float:
    found = token[index].evaluate(context)
    found = found[0] if isinstance(found, list) and found else found
    return NAN if found in ([], "") else token.number_value(found)


def _bool(token: Any, context: Any, index: int) -> bool:
    return token.boolean_value(token[index].evaluate(context))


def _numbers(token: Any, context: Any) -> list[float]:
    """JavaRosa passes over what is no number in sum, min and max."""
    found = [token.number_value(each) for index in range(len(token)) for each in _values(token, context, index)]
    return [number for number in found if not math.isnan(number)]


def _round(t: Any, c: Any) -> float:
    """JavaRosa rounds the decimal digits shown: half up above zero, half down below."""
    value, places = _number(t, c, 0), int(_number(t, c, 1)) if len(t) > 1 else 0
    if not math.isfinite(value):
        return value
    digits = Decimal(str(value)).scaleb(places)
    return float(Decimal(math.floor(digits + Decimal("0.5"))).scaleb(-places))


def _int(t: Any, c: Any) -> float:
    value = _number(t, c, 0)
    return float(int(value)) if math.isfinite(value) else value


def _branch(t: Any, c: Any, index: int) -> Any:
    """A chosen argument as a value: a node gives its number if it is one, else its text."""
    found = t[index].evaluate(c)
    if not isinstance(found, list):
        return found
    text = t.string_value(found[0]) if found else ""
    return float(text) if re.fullmatch(r"-?[0-9.]+", text) else text


def _if(t: Any, c: Any) -> Any:
    return _branch(t, c, 1 if _bool(t, c, 0) else 2)


def _coalesce(t: Any, c: Any) -> Any:
    return _branch(t, c, 1 if _text(t, c, 0) in ("", "NaN") else 0)


def _equal(t: Any, c: Any) -> bool:
    """XPath 1.0, 3.4 on single nodes: booleans first, then numbers, then text."""
    kinds = [type(t[index].evaluate(c)) for index in (0, 1)]
    if bool in kinds:
        return _bool(t, c, 0) == _bool(t, c, 1)
    if int in kinds or float in kinds or Decimal in kinds:
        return abs(_number(t, c, 0) - _number(t, c, 1)) < 1e-12
    return _text(t, c, 0) == _text(t, c, 1)


def _extreme(choose: Any) -> Any:
    def run(t: Any, c: Any) -> float:
        numbers = _numbers(t, c)
        return choose(numbers) if numbers else NAN

    return run


def _substr(t: Any, c: Any) -> str:
    text, start = _text(t, c, 0), int(_number(t, c, 1))
    end = int(_number(t, c, 2)) if len(t) > 2 else len(text)
    return text[slice(start, end)]


def _date(t: Any, c: Any) -> float:
    found = _text(t, c, 0)
    text = day_count(found)
    return math.floor(float(text)) if re.fullmatch(r"-?[\d.]+", text) else NAN


def _format_date(t: Any, c: Any) -> str:
    days = _number(t, c, 0)
    if math.isnan(days):
        return ""
    return (date(1970, 1, 1) + timedelta(days=math.floor(days))).strftime(_text(t, c, 1))


def _join(t: Any, c: Any) -> str:
    separator = _text(t, c, 0)
    return separator.join(t.string_value(each) for index in range(1, len(t)) for each in _values(t, c, index))


FUNCTIONS: dict[str, tuple[Any, Any]] = {
    "selected": (2, lambda t, c: _text(t, c, 1).strip() in _text(t, c, 0).split()),
    "count-selected": (1, lambda t, c: float(len(_text(t, c, 0).split()))),
    "selected-at": (2, lambda t, c: (dict(enumerate(_text(t, c, 0).split()))).get(int(_number(t, c, 1)), "")),
    "regex": (2, lambda t, c: re.fullmatch(_text(t, c, 1), _text(t, c, 0), re.ASCII) is not None),
    "if": (3, _if),
    "coalesce": (2, _coalesce),
    "once": (1, lambda t, c: t[0].evaluate(c)),
    "int": (1, _int),
    "round": ((1, 2), _round),
    "abs": (1, lambda t, c: abs(_number(t, c, 0))),
    "min": ((1, None), _extreme(min)),
    "max": ((1, None), _extreme(max)),
    "sum": (1, lambda t, c: math.fsum(_numbers(t, c))),
    "count": (1, lambda t, c: float(len(_values(t, c, 0)))),
    "count-non-empty": (1, lambda t, c: float(sum(t.string_value(v) != "" for v in _values(t, c, 0)))),
    "join": ((2, None), _join),
    "ends-with": (2, lambda t, c: _text(t, c, 0).endswith(_text(t, c, 1))),
    "substr": ((2, 3), _substr),
    "today": (0, lambda t, c: c.variables["today"]),
    "now": (0, lambda t, c: c.variables["now"]),
    "date": (1, _date),
    "format-date": (2, _format_date),
}


REPLACED = {
    "=": _equal,
    "!=": lambda t, c: not _equal(t, c),
    "not": lambda t, c: not _bool(t, c, 0),
    "boolean": lambda t, c: _bool(t, c, 0),
}
RELATIONS = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}


def _register() -> None:
    table = OdkParser.symbol_table
    for symbol, token in list(table.items()):
        table[symbol] = type(token.__name__, (OdkToken, token), {})
    for symbol, (arity, body) in FUNCTIONS.items():
        table.pop(symbol, None)
        made = OdkParser.function(symbol, nargs=arity)
        made.evaluate = _evaluated(body)  # type: ignore[method-assign]
        table[symbol] = type(made.__name__, (OdkToken, made), {})
    for symbol, compare in RELATIONS.items():  # elementpath raises on '' < 5, which XPath 1.0 calls false
        table[symbol].evaluate = _evaluated(lambda t, c, compare=compare: compare(_number(t, c, 0), _number(t, c, 1)))
    for symbol, body in REPLACED.items():  # elementpath compares node-sets, and finds 7 unequal to a node that says 7
        table[symbol].evaluate = _evaluated(body)
    OdkParser.tokenizer = None


def _evaluated(body: Any) -> Any:
    def evaluate(self: Any, context: Any = None) -> Any:
        if context is None:
            raise self.missing_context()
        return body(self, context)

    return evaluate


_register()


class Elementpath:
    """Judges with elementpath over the binds of ``form.xform``."""

    def __init__(self, form: CompiledForm) -> None:
        self.form = form
        model = ET.fromstring(form.xform)
        parser = OdkParser()
        self.rules: list[tuple[str, dict[str, Any]]] = []
        self.refused: dict[str, str] = {}
        for bind in model.iter(f"{XF}bind"):
            path = bind.get("nodeset", "")
            if not path.startswith("/data/meta"):
                self.rules.append((path, dict(self._parsed(parser, path, bind))))
        self.filters = dict(self._filters(model, parser))
        self.items = {
            each.get("id"): list(each.iter(f"{XF}item")) for each in model.iter(f"{XF}instance") if each.get("id")
        }

    def _parsed(self, parser: OdkParser, path: str, bind: ET.Element) -> Any:
        for key in ("relevant", "required", "constraint", "calculate"):
            if expression := bind.get(key):
                try:
                    yield key, parser.parse(expression)
                except ElementPathError as error:
                    self.refused[path] = str(error)

    def _filters(self, model: ET.Element, parser: OdkParser) -> Any:
        for control in model.iter():
            itemset = control.find(f"{XF}itemset")
            match = (
                re.fullmatch(r"instance\('(.+)'\)/root/item\[(.+)\]", itemset.get("nodeset", ""))
                if itemset is not None
                else None
            )
            if match:
                yield control.get("ref"), (match[1], parser.parse(match[2].replace("current()/..", "..")))

    def judge(self, answers: dict[str, Any], today: date) -> Judgement:
        run = _Judging(self, answers, today)
        run.settle()
        return run.verdict()


class _Judging:
    def __init__(self, judge: Elementpath, answers: dict[str, Any], today: date) -> None:
        self.judge = judge
        self.root = instance(judge.form, answers, days=True)
        self.holder = ET.Element("holder")
        self.holder.append(self.root)
        self.parents = {child: parent for parent in self.root.iter() for child in parent}
        self.sent = {element: element.text or "" for element in self.root.iter()}
        days = float((today - date(1970, 1, 1)).days)
        self.variables = {"today": days, "now": days}

    def nodes(self, path: str) -> list[ET.Element]:
        return self.root.findall("./" + "/".join(path.split("/")[2:]))

    def value(self, token: Any, element: ET.Element) -> Any:
        context = XPathContext(self.root, item=element, variables=self.variables)
        found = token.evaluate(context)
        return (token.string_value(found[0]) if found else "") if isinstance(found, list) else found

    def truth(self, token: Any, element: ET.Element) -> bool:
        value = self.value(token, element)
        return value == value and bool(value)

    def settle(self) -> None:
        for _ in range(25):
            before = ET.tostring(self.root)
            for path, rules in self.judge.rules:
                for element in self.nodes(path):
                    self.settle_one(rules, element)
            if ET.tostring(self.root) == before:
                return
        raise AssertionError("no fixed point")

    def settle_one(self, rules: dict[str, Any], element: ET.Element) -> None:
        parent = self.parents.get(element)
        off = parent is not None and parent.get("off") == "1"
        off = off or ("relevant" in rules and not self.truth(rules["relevant"], element))
        for each in element.iter():
            if off:
                each.set("off", "1")
                each.text = None
        if not off and element.attrib.pop("off", None):
            element.text = self.sent[element]
        if not off and "calculate" in rules:
            element.text = self.as_text(rules["calculate"], element)

    def as_text(self, token: Any, element: ET.Element) -> str:
        value = self.value(token, element)
        text = token.string_value(value)
        return "" if text in ("NaN", "INF", "-INF") else text

    def verdict(self) -> Judgement:
        problems: set[tuple[str, str]] = set()
        calculated: dict[str, str] = {}
        for path, rules in self.judge.rules:
            for element in self.nodes(path):
                if element.get("off"):
                    continue
                place = self.place(element)
                text = element.text or ""
                if "calculate" in rules:
                    if text:
                        calculated[place] = text
                    if self.sent[element] and not _close(self.sent[element], text):
                        problems.add((place, "calculation_differs"))
                if not text and "required" in rules and self.truth(rules["required"], element):
                    problems.add((place, "required"))
                if text and not self.offered(path, element, text):
                    problems.add((place, "choice_not_offered"))
                elif text and "constraint" in rules and not self.truth(rules["constraint"], element):
                    problems.add((place, "constraint"))
        return Judgement(frozenset(problems), calculated)

    def offered(self, path: str, element: ET.Element, text: str) -> bool:
        if path not in self.judge.filters:
            return True
        list_name, predicate = self.judge.filters[path]
        return all(self.item_offered(list_name, predicate, element, name) for name in text.split())

    def item_offered(self, list_name: str, predicate: Any, element: ET.Element, name: str) -> bool:
        """The choice row stands for a moment beside the question, where the predicate's relative paths start."""
        for item in self.judge.items[list_name]:
            if item.findtext(f"{XF}name") == name:
                beside = ET.SubElement(self.parents.get(element, self.root), "item")
                for cell in item:
                    ET.SubElement(beside, cell.tag.removeprefix(XF)).text = cell.text
                try:
                    return self.truth(predicate, beside)
                finally:
                    self.parents.get(element, self.root).remove(beside)
        return False

    def place(self, element: ET.Element) -> str:
        parts = [element.tag]
        while (parent := self.parents.get(element)) is not None:
            if (question := self.judge.form.questions.get(element.tag)) and question.type == "repeat":
                parts.insert(0, str([each for each in parent if each.tag == element.tag].index(element)))
                parts.insert(0, element.tag)
            element = parent
        return "/".join(parts)


def _close(sent: str, computed: str) -> bool:
    if sent == computed:
        return True
    try:
        a, b = float(sent), float(computed)
    except ValueError:
        return False
    return abs(a - b) <= 1e-9 * max(1.0, abs(a), abs(b))
