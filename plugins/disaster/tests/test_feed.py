"""The department's list (部门名单): every column leads to a declared fact the department may tell."""

import tomllib
from importlib.resources import files

FEEDS = [tomllib.loads(f.read_text(encoding="utf-8")) for f in files("fieldsvc_disaster").joinpath("feeds").iterdir()]


def test_every_column_leads_to_a_fact_of_the_department(books):
    facts = books[False].vocabulary.facts
    for column in (column for feed in FEEDS for column in feed["feed"]["column"]):
        fact = facts[column["fact"]]
        assert "department" in fact.sources
        given = set(column.get("values", {}).values())
        assert given <= set(fact.choices) | ({True, False} if fact.type == "bool" else set())
        assert given or fact.type in ("text", "money", "integer", "date")


def test_the_frequency_is_the_deployments(books):
    assert FEEDS
    for feed in FEEDS:
        assert feed["feed"]["frequency_days"] in books[False].policy.open_points
        assert set(feed["feed"]["key"]) == {"id_number", "name"} and feed["feed"]["as_of"]
