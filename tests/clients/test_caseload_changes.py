"""Households given to a worker and taken away (责任户调整) while phones hold unsent work."""

from tests.clients.agreement import agrees, verdicts
from tests.clients.world import GOOD


def test_revoked_household_leaves_only_after_its_unsent_work(world):
    phone, heir = world.phone("ann"), world.phone("bob")
    household = world.one("ann")
    visit = phone.visit(household, world.form(phone), GOOD)
    phone.edit("households", household, address="搬走以后")
    world.move(household, "ann", "bob")
    first = phone.sync()
    assert household in phone.rows("households"), "removal came before the unsent work went in"
    assert verdicts(first)[visit] == "applied"
    phone.settle()
    left = phone.dump()
    assert household not in {row["id"] for row in left["households"]}
    assert household not in {row["household_id"] for table in ("persons", "visits", "tasks") for row in left[table]}
    heir.settle()
    seen = heir.rows("visits")[visit]
    assert seen["author_id"] == phone.user["id"] and heir.rows("households")[household]["address"] == "搬走以后"
    agrees(world, phone)
    agrees(world, heir)


def test_lost_removal_is_sent_again(world):
    phone = world.phone("ann")
    household = world.one("ann")
    world.move(household, "ann", "bob")
    phone.options(drop_pull=1)
    assert phone.try_sync() == "LostResponse"
    phone.settle()
    assert household not in phone.rows("households")
    agrees(world, phone)


def test_removal_that_was_lost_is_not_taken_for_heard(world):
    """The answer with the removal is lost; the next ones carry none, because there is unsent work again, but their cursor
    is beyond it."""
    phone = world.phone("ann")
    household, other = sorted(world.caseload("ann"))[:2]
    world.move(household, "ann", "bob")
    phone.options(drop_pull=1)
    assert phone.try_sync() == "LostResponse"
    phone.edit("households", other, address="后来改的")
    phone.sync()
    assert household in phone.rows("households")
    phone.settle()
    assert household not in phone.rows("households")
    agrees(world, phone)


def test_household_given_back_before_the_phone_heard_stays(world):
    phone = world.phone("ann")
    household = world.one("ann")
    world.move(household, "ann", "bob")
    world.move(household, "bob", "ann")
    phone.settle()
    assert household in phone.rows("households")
    agrees(world, phone)


def test_granted_household_arrives_whole_however_old(world):
    giver, heir = world.phone("ann"), world.phone("bob")
    household = world.one("ann")
    visit = giver.visit(household, world.form(giver), GOOD)
    giver.settle()
    heir.settle()
    members = {row["id"] for row in giver.dump("persons")["persons"] if row["household_id"] == household}
    tasks = {row["id"] for row in giver.dump("tasks")["tasks"] if row["household_id"] == household}
    assert members and tasks
    world.move(household, "ann", "bob")
    heir.settle()
    held = heir.dump()
    assert household in {row["id"] for row in held["households"]}
    assert members <= {row["id"] for row in held["persons"]} and tasks <= {row["id"] for row in held["tasks"]}
    assert visit in {row["id"] for row in held["visits"]}
    agrees(world, heir)


def test_foreign_household_cannot_be_written(world):
    phone = world.phone("ann")
    visit = phone.visit(world.one("bob"), world.form(phone), GOOD)
    assert verdicts(phone.sync())[visit] in {"quarantined", "held", "applied"}
    phone.settle()
    assert phone.pending()["count"] == 0
