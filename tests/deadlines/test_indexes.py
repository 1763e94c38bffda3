"""What the worker asks every few seconds is answered from small partial indexes, however many clocks there were."""

from datetime import timedelta

import pytest
from sqlalchemy import select, text

from fieldsvc.deadlines import queries
from fieldsvc.deadlines.models import Deadline
from fieldsvc.kit import clock
from tests.support.river import COUNTY, VILLAGE, uid


@pytest.mark.parametrize(("index", "where"), [
    ("ix_deadlines_untold", lambda: (Deadline.county_code == COUNTY, queries.untold(clock.now()))),
    ("ix_deadlines_unsure", lambda: queries.unsure(COUNTY, clock.today())),
])  # fmt: skip
def test_the_worker_s_questions_use_their_index(at, site, found, index, where):
    found()
    asked = select(Deadline.id).where(*where())
    with site.db.write() as session:
        session.add_all(running(n) for n in range(500))  # of a nearly empty table any index is as good as another
        session.flush()
        if site.db.dialect == "postgresql":
            session.execute(text("ANALYZE deadlines"))
            session.execute(text("SET LOCAL enable_seqscan = off"))
        compiled = asked.compile(session.get_bind())
        word = "EXPLAIN " if site.db.dialect == "postgresql" else "EXPLAIN QUERY PLAN "
        plan = session.connection().exec_driver_sql(word + str(compiled), bound(compiled))
        assert index in " ".join(str(column) for row in plan for column in row)


def running(n):
    """A clock that runs, is sure of its day and has told nobody, because the day is not there yet."""
    now, home = clock.now(), uid(f"running-{n}")
    return Deadline(county_code=COUNTY, id=home, subject="alert", subject_id=home, household_id=home, village_code=VILLAGE, klass="general",
                    kind="verify", variant="", started_at=now, due_at=now + timedelta(days=9), provisional=False, source=None,
                    computed_on=clock.today())  # fmt: skip


def bound(compiled):
    """The statement's values as the driver takes them."""
    given = {name: compiled._bind_processors.get(name, lambda same: same)(value) for name, value in compiled.params.items()}
    return tuple(given[name] for name in compiled.positiontup) if compiled.positiontup else given
