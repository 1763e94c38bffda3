"""What is wrong with this deployment, and how to mend it. Names of parts and ids of households, never a
person or what is known of one."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from sqlalchemy.orm import Session

from fieldsvc.aidchain.service import verify
from fieldsvc.departments.load import Departments
from fieldsvc.kit import clock
from fieldsvc.kit.db import written
from fieldsvc.kit.site import Site
from fieldsvc.policy.check import all_quotes, verify_locks
from fieldsvc.policy.source import Package
from fieldsvc.referrals import queries as referrals
from fieldsvc.referrals.outbox import replay_all
from fieldsvc.screening import claims
from fieldsvc.screening import queries as screening

from . import queries, ready

Level = Literal["ok", "warn", "bad"]
SLOW_SECONDS = 60
NAMED = 20
AGAIN = "修好规则、表单或部门插件后运行 fieldsvc doctor --retry"


@dataclass(frozen=True, slots=True)
class Finding:
    """``bad`` needs mending now; ``warn`` needs somebody's decision."""

    level: Level
    part: str
    text: str
    mend: str = ""


def examine(site: Site, departments: Departments, packages: list[Package], chain: bool = False) -> Iterator[Finding]:
    """Every check in order; when the store itself is not ready, what depends on it is left out."""
    yield from _plugins(departments)
    yield from _quotes(departments, packages)
    lacking = ready.missing(site)
    yield from (Finding("bad", name, ready.MENDS[name]) for name in lacking)
    if {"database", "migrations"} & set(lacking):
        return
    yield Finding("ok", "database", "数据库可用，结构最新。")
    checks: list[Callable[[Session, Site, Departments], Iterator[Finding]]] = [_forms, _screening, _outbox, _quarantine]
    for check in checks + ([_chain] if chain else []):
        with site.db.read() as session:
            yield from check(session, site, departments)


def _plugins(departments: Departments) -> Iterator[Finding]:
    names = "、".join(p.name for p in departments.plugins) or "无"
    yield Finding("ok", "plugins", f"可用的部门插件：{names}。")
    for r in departments.refusals:
        place = f"{r.file}:{r.line}" if r.line else r.file
        yield Finding("bad", "plugins", f"插件 {r.plugin} 已搁置（{place}）：{r.reason}", r.mend)


def _quotes(departments: Departments, packages: list[Package]) -> Iterator[Finding]:
    report = verify_locks(all_quotes(departments.policy.quotes, departments.rulebook.quotes), packages)
    for failure in report.failures:
        yield Finding("bad", "quotes", f"{failure.file}:{failure.line} {failure.message}", failure.mend)
    if report.ok:
        yield Finding("ok", "quotes", f"{report.checked} 条引文与锁定文件一致。")


def _forms(session: Session, site: Site, departments: Departments) -> Iterator[Finding]:
    published = queries.published(session, site.county)
    for form in departments.forms:
        known = published.get((form.id, form.version))
        if known is None:
            yield Finding(
                "warn", "forms", f"表单 {form.id} 版本 {form.version} 尚未发布。", "运行 fieldsvc form publish"
            )
        elif known != form.hash:
            yield Finding("bad", "forms", f"表单 {form.id} 版本 {form.version} 与已发布的内容不同。",
                          "给改过的表单换一个版本号后发布")  # fmt: skip
    yield Finding("ok", "forms", f"已发布 {len(published)} 个表单版本。")


def _screening(session: Session, site: Site, _departments: Departments) -> Iterator[Finding]:
    aside = screening.troubled(session, site.county)
    for home, error in aside[:NAMED]:
        yield Finding("bad", "screening", f"户 {home} 筛查失败，已搁置：{error}", AGAIN)
    if len(aside) > NAMED:
        yield Finding("bad", "screening", f"另有 {len(aside) - NAMED} 户筛查失败，已搁置。", AGAIN)
    waiting, age = (
        queries.dirty(session, site.county)["waiting"],
        queries.oldest_dirty_seconds(session, site.county, clock.now()),
    )
    if age > SLOW_SECONDS:
        yield Finding(
            "warn", "screening", f"{waiting} 户待筛查，最久已等 {age:.0f} 秒。", "确认 fieldsvc worker 在运行"
        )
    else:
        yield Finding("ok", "screening", f"{waiting} 户待筛查。")


def _outbox(session: Session, site: Site, _departments: Departments) -> Iterator[Finding]:
    dead = referrals.dead_letters(session, site.county)
    for item in dead[:NAMED]:
        text = f"转办 {item.referral_id} 送 {item.department} {item.attempts} 次未成，已停止重试：{item.last_error}"
        yield Finding("bad", "outbox", text, AGAIN)
    if len(dead) > NAMED:
        yield Finding("bad", "outbox", f"另有 {len(dead) - NAMED} 件转办已停止重试。", AGAIN)
    if not dead:
        yield Finding("ok", "outbox", "没有送不到的转办。")


def retry(site: Site) -> tuple[int, int]:
    """Another try for every household set aside and every dead letter; how many of each."""
    homes = written(site.db, lambda session: claims.retry_set_aside(session, site.county))
    return homes, written(site.db, lambda session: replay_all(session, site.county))


def _quarantine(session: Session, site: Site, _departments: Departments) -> Iterator[Finding]:
    counts = queries.quarantine(session, site.county)
    if total := sum(counts.values()):
        detail = "，".join(f"{state} {count} 条" for state, count in sorted(counts.items()))
        yield Finding(
            "warn", "quarantine", f"{total} 条记录已保存但未采用（{detail}）。", "请镇（街道）在隔离记录中处理"
        )
    else:
        yield Finding("ok", "quarantine", "没有隔离或等待中的记录。")


def _chain(session: Session, site: Site, _departments: Departments) -> Iterator[Finding]:
    breaks = verify(session, site.county)
    for found in breaks:
        yield Finding("bad", "chain", f"救助链断裂：{found}", "从备份核对该户，查明谁改动了数据库")
    if not breaks:
        yield Finding("ok", "chain", "全部救助链完整。")
