"""Who listens to whom, said once at the start of every process that writes (imports point upstream, news flows down)."""

from sqlalchemy.orm import Session

from fieldsvc.alerts.models import Alert
from fieldsvc.alerts.queries import belongings as alerts_of
from fieldsvc.applications.exits import end_and_reenter  # noqa: F401  核查终止 leads on to the next tiers
from fieldsvc.applications.gates import before_decision
from fieldsvc.applications.models import Application
from fieldsvc.applications.started import verify_and_start  # noqa: F401  已启动救助程序 opens the application
from fieldsvc.charity.models import SharedNeed
from fieldsvc.checking.differences import refuse_unchosen
from fieldsvc.checking.models import Authorisation, Check
from fieldsvc.deadlines.models import Deadline
from fieldsvc.departments.load import Departments
from fieldsvc.emergency.models import Emergency
from fieldsvc.facts.service import mark_dirty
from fieldsvc.honesty.models import Breach
from fieldsvc.households.moving import moves_along
from fieldsvc.intake.models import Report
from fieldsvc.kit.notify import on_collect_belongings, on_household_changed, on_household_moved, on_strays
from fieldsvc.plans.models import Plan
from fieldsvc.publicity.models import Notice
from fieldsvc.referrals.models import Referral
from fieldsvc.referrals.queries import belongings as referrals_of
from fieldsvc.referrals.recall import recall  # noqa: F401  registers how 转办 is taken back
from fieldsvc.referrals.service import refer  # noqa: F401  registers 转办 as a kind of disposal
from fieldsvc.registry.homes import adopt
from fieldsvc.visits.queries import belongings as visits_of

COLLECTORS = (visits_of, alerts_of, referrals_of)
MOVING = (Alert, Application, Referral, Deadline, Plan, Emergency, Authorisation, Check, Breach, Notice, Report, SharedNeed)


def connect() -> None:
    """Harmless when called again."""
    on_household_changed(mark_dirty)  # first: the mark is the household's lock
    for model in MOVING:
        on_household_moved(moves_along(model))
    for collector in COLLECTORS:
        on_collect_belongings(collector)
    on_strays(adopt)
    before_decision(_words_chosen)


def _words_chosen(session: Session, county: str, household_id: str, departments: Departments) -> None:
    """综合运用: where visit and check differ the reviewer has chosen before anything is decided."""
    refuse_unchosen(session, county, household_id, departments.vocabulary)
