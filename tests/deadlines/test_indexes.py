"""What the worker asks every few seconds is answered from small partial indexes, however many clocks there were."""

import pytest
from sqlalchemy import select, text

from fieldsvc.deadlines import queries
from fieldsvc.deadlines.models import Deadline
from fieldsvc.kit import clock
from tests.support.river import COUNTY


@pytest.mark.parametrize(("index", "where"), [
    ("ix_deadlines_untold", lambda: (Deadline.county_code == COUNTY, queries.untold(clock.now()))),
    ("ix_deadlines_unsure", lambda: queries.unsure(COUNTY, clock.today())),
])  # fmt: skip
def test_the_worker_s_questions_use_their_index(at, site, found, index, where):
    found()
    asked = select(Deadline.id).where(*where())
    with site.db.write() as session:
        if site.db.dialect == "postgresql":
            session.execute(text("SET LOCAL enable_seqscan = off"))
        compiled = asked.compile(session.get_bind())
        word = "EXPLAIN " if site.db.dialect == "postgresql" else "EXPLAIN QUERY PLAN "
        plan = session.connection().exec_driver_sql(word + str(compiled), bound(compiled))
        assert index in " ".join(str(column) for row in plan for column in row)


def bound(compiled):
    """The statement's values as the driver takes them."""
    given = {name: compiled._bind_processors.get(name, lambda same: same)(value) for name, value in compiled.params.items()}
    return tuple(given[name] for name in compiled.positiontup) if compiled.positiontup else given
