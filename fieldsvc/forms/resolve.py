"""How names inside an expression find their question, seen from the question that carries the expression."""

from collections.abc import Iterator, Mapping

from . import xpath_parser as tree
from .errors import XPathError
from .model import SELECTS, Question
from .xpath_types import Kind, Reference

_KINDS = {
    "integer": Kind.ANSWER,
    "decimal": Kind.ANSWER,
    "range": Kind.ANSWER,
    "date": Kind.DATE,
    "datetime": Kind.DATE,
    "time": Kind.TIME,
}


def kind_of(question: Question) -> Kind:
    """The static kind of an answer; a ``calculate`` is settled when its expression is compiled."""
    return _KINDS.get(question.type, Kind.ANY if question.type == "calculate" else Kind.TEXT)


class FormResolver:
    """The ``Resolver`` of one expression: column ``column`` of question ``here``."""

    def __init__(
        self, questions: Mapping[str, Question], kinds: Mapping[str, Kind], here: Question, column: str, root_name: str
    ) -> None:
        self.questions = questions
        self.kinds = kinds
        self.here = here
        self.column_name = column
        self.root_name = root_name
        self.by_path = {each.path: each for each in questions.values()}

    def question(self, name: str) -> Reference:
        return self._reference(self._named(name))

    def path(self, absolute: bool, steps: tuple[str, ...]) -> Reference:
        return self._reference(self._at(absolute, steps))

    def self_reference(self) -> Reference:
        if self.column_name != "constraint":
            raise XPathError("xpath_self", "“.”只用在 constraint 里，指本题的答案")
        return self._reference(self.here)

    def column(self, name: str) -> None:
        if self.column_name != "choice_filter":
            raise XPathError("xpath_bare_name", f"“{name}”不是表达式；引用题目请写 ${{{name}}}，文字请加引号")
        if not any(name in choice.columns for choice in self.here.choices):
            raise XPathError("xpath_choice_column", f"选项列表没有 {name} 列")

    def choice_labels(self, name: str) -> dict[str, str]:
        question = self._named(name)
        if question.type not in SELECTS:
            raise XPathError("xpath_choice_name", f"{name} 不是选择题")
        return {choice.name: choice.label for choice in question.choices}

    def names_in(self, node: tree.Node) -> Iterator[str]:
        """Every question an expression reads, itself included."""
        match node:
            case tree.Question(name):
                yield self._named(name).name
            case tree.Path(absolute, steps):
                yield self._at(absolute, steps).name
            case tree.Self():
                yield self.here.name
            case tree.Call(_, arguments):
                for argument in arguments:
                    yield from self.names_in(argument)
            case tree.Binary(_, left, right):
                yield from self.names_in(left)
                yield from self.names_in(right)
            case tree.Negative(operand):
                yield from self.names_in(operand)

    def _named(self, name: str) -> Question:
        if name not in self.questions:
            raise XPathError("xpath_unknown_question", f"没有题目 {name}")
        return self.questions[name]

    def _at(self, absolute: bool, steps: tuple[str, ...]) -> Question:
        if absolute:
            if steps[0] != self.root_name:
                raise XPathError("xpath_unknown_question", f"路径要从 /{self.root_name}/ 开始")
            place = list(steps[1:])
        else:
            place = list(self.here.path)
            for step in steps:
                if step == ".." and not place:
                    raise XPathError("xpath_unknown_question", f"路径 {'/'.join(steps)} 走出了表单")
                place = place[:-1] if step == ".." else [*place, step]
        if tuple(place) not in self.by_path:
            raise XPathError("xpath_unknown_question", f"路径 {'/'.join(steps)} 没有对应的题目")
        return self.by_path[tuple(place)]

    def _reference(self, target: Question) -> Reference:
        if target.type == "group":
            raise XPathError("xpath_group_value", f"{target.name} 是组，没有答案")
        if target.type == "note":
            raise XPathError("xpath_group_value", f"{target.name} 是说明文字，没有答案")
        mine, theirs = self.here.repeats, target.repeats
        shared = 0
        while shared < min(len(mine), len(theirs)) and mine[shared] == theirs[shared]:
            shared += 1
        return Reference(
            name=target.name,
            kind=self.kinds[target.name],
            up=len(mine) - shared,
            down=theirs[shared:],
            many=target.type == "select_multiple",
            is_repeat=target.type == "repeat",
        )
