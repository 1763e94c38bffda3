"""What a department's answer may hold: of a sane size, storable on every database, its facts in the form rules read."""

from collections.abc import Mapping
from typing import Any, Protocol

import orjson

from fieldsvc.accounts.rules import CHILD
from fieldsvc.eligibility.reading import stored
from fieldsvc.eligibility.vocabulary import Fact
from fieldsvc.kit.strict import BadJson, decode

LONGEST_REASON = 1_000
LARGEST = 16_384
CORE = "civil"


class Plugins(Protocol):
    def plugin_for(self, duty: str) -> Any: ...


def fault(reason: Any, outcome: Any) -> str:
    """What keeps an answer from being stored, in Chinese; empty when nothing does."""
    if not isinstance(reason, str) or len(reason) > LONGEST_REASON:
        return f"reason 应为不超过 {LONGEST_REASON} 字的文字"
    if not isinstance(outcome, Mapping):
        return "outcome 应为字典"
    try:
        text = orjson.dumps([reason, dict(outcome)])
        decode(text)
    except BadJson as error:
        return str(error)
    except TypeError:
        return "outcome 不能写成 JSON"
    return f"outcome 超过 {LARGEST // 1024} KB" if len(text) > LARGEST else ""


def packages(departments: Plugins, duty: str) -> set[str]:
    """Whose facts a department may see and tell: the core's and its own."""
    plugin = departments.plugin_for(duty)
    return {CORE, plugin.name} if plugin else {CORE}


def value_of(fact: Fact | None, told: Any, own: set[str], person_id: str | None) -> Any:
    """The told value as it is stored (numbers as exact text); None when the fact is not this department's to tell, is of the
    child class, lacks its person, or cannot take the value."""
    if fact is None or "department" not in fact.sources or fact.package not in own or fact.sensitivity == CHILD:
        return None
    return None if fact.subject == "person" and person_id is None else stored(fact, told)
