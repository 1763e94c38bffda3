"""Every table of the core, imported once so that the metadata is whole (migrations, tests)."""

from fieldsvc.accounts import models as accounts
from fieldsvc.admin import models as admin
from fieldsvc.aidchain import models as aidchain
from fieldsvc.alerts import models as alerts
from fieldsvc.applications import models as applications
from fieldsvc.charity import models as charity
from fieldsvc.checking import models as checking
from fieldsvc.conferences import models as conferences
from fieldsvc.console import models as console
from fieldsvc.deadlines import models as deadlines
from fieldsvc.emergency import models as emergency
from fieldsvc.facts import models as facts
from fieldsvc.feed import models as feed
from fieldsvc.forms import models as forms
from fieldsvc.honesty import models as honesty
from fieldsvc.households import models as households
from fieldsvc.intake import models as intake
from fieldsvc.kit.db import Base
from fieldsvc.matching import models as matching
from fieldsvc.onedoor import models as onedoor
from fieldsvc.organisation import models as organisation
from fieldsvc.overlaps import models as overlaps
from fieldsvc.plans import models as plans
from fieldsvc.policy import models as policy
from fieldsvc.publicity import models as publicity
from fieldsvc.referrals import models as referrals
from fieldsvc.registry import models as registry
from fieldsvc.screening import models as screening
from fieldsvc.simulations import models as simulations
from fieldsvc.supervision import models as supervision
from fieldsvc.tasks import models as tasks
from fieldsvc.visits import models as visits

MODULES = (
    accounts, admin, aidchain, alerts, applications, charity, checking, conferences, console, deadlines, emergency,
    facts, feed, forms, honesty, households, intake, matching, onedoor, organisation, overlaps, plans, policy,
    publicity, referrals, registry, screening, simulations, supervision, tasks, visits,
)  # fmt: skip
metadata = Base.metadata
