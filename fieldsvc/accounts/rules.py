"""Roles (岗位), sensitivity classes, and the one decision of who may see what: region × role × class.

Used by the API, pages, exports and webhooks alike; nothing else in the project decides visibility.
"""

from dataclasses import dataclass

GRID_WORKER = "grid_worker"
CHILD_DIRECTOR = "child_director"
CHILD_SUPERVISOR = "child_supervisor"
TOWNSHIP = "township_officer"
COUNTY = "county_officer"
DEPARTMENT = "department_officer"
ADMIN = "administrator"
REPORTER = "reporter"
AUDITOR = "auditor"

ROLES = {
    GRID_WORKER: "网格员", CHILD_DIRECTOR: "儿童主任", CHILD_SUPERVISOR: "儿童督导员", TOWNSHIP: "镇（街道）经办人员",
    COUNTY: "县（市）民政经办人员", DEPARTMENT: "部门经办人员", ADMIN: "系统管理员", REPORTER: "社会力量报送人员",
    AUDITOR: "监督检查人员（只读）",
}  # fmt: skip
WORKERS = frozenset({GRID_WORKER, CHILD_DIRECTOR, CHILD_SUPERVISOR})

GENERAL, CHILD = "general", "child"
CLASSES = {
    GRID_WORKER: frozenset({GENERAL}),
    CHILD_DIRECTOR: frozenset({GENERAL, CHILD}),
    CHILD_SUPERVISOR: frozenset({GENERAL, CHILD}),
    TOWNSHIP: frozenset({GENERAL, CHILD}),
    COUNTY: frozenset({GENERAL, CHILD}),
    DEPARTMENT: frozenset({GENERAL}),
    ADMIN: frozenset(),
    REPORTER: frozenset(),
    AUDITOR: frozenset({GENERAL, CHILD}),
}


@dataclass(frozen=True, slots=True)
class Actor:
    """Who is asking. ``region`` is a prefix of village codes: 6 digits a county, 9 a township, 12 a village."""

    county: str
    id: int
    name: str
    role: str
    region: str
    department: str | None = None
    device_id: str = ""
    family_id: str = ""

    @property
    def is_worker(self) -> bool:
        return self.role in WORKERS


@dataclass(frozen=True, slots=True)
class Item:
    """What is asked for, as far as visibility goes. ``assigned``: in the actor's caseload; ``referred``: sent to the
    actor's department; ``author_id``: who wrote it."""

    village_code: str
    klass: str = GENERAL
    assigned: bool = False
    referred: bool = False
    author_id: int | None = None


def may_see(actor: Actor, item: Item) -> bool:
    """The one scope function. A worker sees the caseload (and what they wrote), an officer the region, a department
    what was referred to it; nobody sees a class their role does not carry; an administrator sees no personal data."""
    if item.klass not in CLASSES.get(actor.role, frozenset()):
        return False
    if actor.role in WORKERS:
        return item.assigned or item.author_id == actor.id
    if actor.role == DEPARTMENT:
        return item.referred
    return item.village_code.startswith(actor.region)
