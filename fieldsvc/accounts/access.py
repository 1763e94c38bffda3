"""Access rows (查阅记录): every pull page or view of personal data leaves one, naming who, why and whose."""

from collections.abc import Iterable

from sqlalchemy.orm import Session

from fieldsvc.kit import clock
from fieldsvc.kit.ids import new_id

from .models import AccessEntry
from .rules import Actor


def record_access(
    session: Session, actor: Actor, purpose: str, persons: Iterable[str], households: Iterable[str],
    minors: bool = False, also_nobody: bool = False,
) -> None:  # fmt: skip
    """Add one access row (个人信息保护法 第五十一条、第五十五条; 未成年人网络保护条例 第三十六条).

    ``purpose`` is a short code such as ``pull``, ``household-page``; ``minors`` marks that someone under 14 is among
    them. When nobody was shown something is written only with ``also_nobody``, where asking itself tells: is this person known?
    """
    shown, homes = sorted(set(persons)), sorted(set(households))
    if not shown and not homes and not also_nobody:
        return
    session.add(AccessEntry(county_code=actor.county, id=new_id(), at=clock.now(), account_id=actor.id, purpose=purpose,
                            minors=minors, persons=shown, households=homes))  # fmt: skip
