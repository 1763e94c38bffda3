"""No table is forgotten when households are merged: each that names one is followed, or says why not."""

from fieldsvc.models import metadata
from fieldsvc.registry.followers import FOLLOWERS

NOT_FOLLOWED = {
    "households": "the record itself", "assignments": "handed over one by one", "redirects": "what leads on",
    "registry_merges": "says who was merged", "feed": "what was sent stays as it was sent", "removals": "what a phone has to drop",
    "dirty_households": "marks", "aid_chain": "append-only; the survivor's chain names the other's end", "aid_chain_heads": "the same",
    "fact_history": "append-only; copied or derived again", "fact_documents": "moved with their persons",
    "determinations": "moved with their persons, set aside with a household", "visit_schedules": "made again by screening",
    "corrections": "about an entry of that household's own chain", "kin": "declared of both (special.keep_kin)",
    "simulation_lines": "results of then", "drawn_cases": "what was drawn then", "overlap_overrides": "a survivor's lines are other lines",
    "matching_rows": "applied where the person lives by then", "matching_answers": "about the one who was asked for",
}  # fmt: skip
NAMES = {"household_id", "person_id", "subject_id"}


def test_every_table_that_names_a_household_or_person_is_followed():
    naming = {table.name for table in metadata.tables.values() if NAMES & set(table.columns.keys())}
    followed = {one.name for one in FOLLOWERS}
    assert naming - followed - NOT_FOLLOWED.keys() == set()


def test_a_follower_names_the_columns_its_table_has():
    for one in FOLLOWERS:
        columns = set(one.model.__table__.columns.keys())
        assert {one.key, "household_id"} <= columns and (not one.person or one.person in columns)
        assert one.subject == ("subject_id" in columns) or one.name == "deadlines"
