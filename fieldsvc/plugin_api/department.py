"""A department (部门) as its plugin declares it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Department:
    """Who ships the plugin, and in which package its data files lie.

    ``package`` holds any of ``facts.toml``, ``forms/*.md|*.xlsx``, ``rules/*.toml``, ``parameters/*.toml``, ``feeds/*.toml``.
    ``duties`` are the duties (职责) the department answers for; which office holds a duty is a table of the jurisdiction (REF-11).
    """

    id: str
    title: str
    package: str
    duties: tuple[str, ...]
    api_version: int = 1
