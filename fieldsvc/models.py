"""Every table of the core, imported once so that the metadata is whole (migrations, tests)."""

from fieldsvc.accounts import models as accounts
from fieldsvc.aidchain import models as aidchain
from fieldsvc.alerts import models as alerts
from fieldsvc.facts import models as facts
from fieldsvc.feed import models as feed
from fieldsvc.forms import models as forms
from fieldsvc.households import models as households
from fieldsvc.kit.db import Base
from fieldsvc.referrals import models as referrals
from fieldsvc.screening import models as screening
from fieldsvc.visits import models as visits

MODULES = (accounts, aidchain, alerts, facts, feed, forms, households, referrals, screening, visits)
metadata = Base.metadata
