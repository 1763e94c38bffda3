"""The forms (表单) a department ships, checked against the vocabulary they save to, and their publication."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib.resources.abc import Traversable

from sqlalchemy.orm import Session

from fieldsvc.eligibility.vocabulary import Vocabulary
from fieldsvc.forms.compile import compile_form
from fieldsvc.forms.errors import Fault, FormError
from fieldsvc.forms.model import CompiledForm, Question
from fieldsvc.forms.service import publish
from fieldsvc.policy.refusals import Refusal as FileRefusal
from fieldsvc.policy.refusals import Refused

from .refusals import Refusal

ENDINGS = (".md", ".xlsx")
MEND = "按所指的工作表和行改正，再用 fieldsvc form check 检查"


@dataclass(frozen=True)
class FormFile:
    """A compiled form with the bytes it came from, which publication keeps."""

    form: CompiledForm
    department: str
    source: bytes
    name: str


def read_forms(
    plugin: str, department: str, root: Traversable, vocabulary: Vocabulary
) -> tuple[list[FormFile], list[Refusal]]:
    """Every form of ``root/forms`` in name order. The core's own forms must be sound: ``Refused`` is raised for them."""
    forms: list[FormFile] = []
    refusals: list[Refusal] = []
    for file in _files(root):
        try:
            form = compile_form(file.read_bytes(), origin=file.name)
        except FormError as error:
            refusals += [_refuse(plugin, file, fault) for fault in error.faults]
            continue
        refusals += [_refuse(plugin, file, fault) for fault in check_facts(form, vocabulary)]
        forms.append(FormFile(form, department, file.read_bytes(), file.name))
    if refusals and plugin == "civil":
        raise Refused(FileRefusal(r.code, r.reason, r.mend, r.file, r.line, plugin) for r in refusals)
    return forms, refusals


def _files(root: Traversable) -> list[Traversable]:
    folder = root / "forms"
    if not folder.is_dir():
        return []
    return sorted((f for f in folder.iterdir() if f.name.endswith(ENDINGS) and f.name[0] not in "~."), key=lambda f: f.name)


def _refuse(plugin: str, file: Traversable, fault: Fault) -> Refusal:
    return Refusal(plugin, str(file), fault.row, fault.code, str(fault), MEND)


def check_facts(form: CompiledForm, vocabulary: Vocabulary) -> Iterator[Fault]:
    """A question may save only to a declared fact of a fitting type; a child-class fact only from a child form."""
    for question in form.facts.values():
        for code, reason in _fact_faults(form, question, vocabulary):
            yield Fault("survey", question.row, "save_to", code, reason)


def _fact_faults(form: CompiledForm, question: Question, vocabulary: Vocabulary) -> Iterator[tuple[str, str]]:
    fact = vocabulary.facts.get(question.save_to)
    if fact is None:
        yield "unknown-fact", f"词汇表中没有事实 {question.save_to}"
        return
    if question.save_to_subject and question.save_to_subject != fact.subject:
        yield "fact-subject", f"事实 {fact.name} 属于 {fact.subject}，不属于 {question.save_to_subject}"
    if fact.sensitivity == "child" and form.klass != "child":
        yield "fact-class", f"事实 {fact.name} 只能由儿童走访表单采集"
    foreign = [c.name for c in question.choices if c.name not in fact.choices] if fact.type == "choice" else []
    if foreign:
        yield "fact-choices", f"选项 {'、'.join(foreign)} 不在事实 {fact.name} 的取值中"


def publish_forms(session: Session, county: str, forms: Iterable[FormFile]) -> list[str]:
    """Publish what is not yet published; the names of what was. Problem 409 when a published version's text changed."""
    return [f"{file.form.id} {file.form.version}" for file in forms
            if publish(session, county, file.form, file.department, file.source, file.name)]  # fmt: skip
