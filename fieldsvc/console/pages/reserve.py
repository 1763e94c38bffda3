"""The county fills a township's reserve (临时救助备用金)."""

from typing import Any

from flask_babel import gettext as _

from fieldsvc.accounts.auth import actor
from fieldsvc.accounts.rules import COUNTY
from fieldsvc.console.answers import done, read_form
from fieldsvc.console.guard import page
from fieldsvc.emergency import reserve
from fieldsvc.emergency.schemas import ReserveSchema
from fieldsvc.kit.web import site

from .emergency import emergencies


@page("/emergencies/reserves", COUNTY, post=True, back=emergencies)
def fill_reserve() -> Any:
    """The county puts money into a township's reserve (临时救助备用金)."""
    body = read_form(ReserveSchema)
    with site().db.write() as session:
        held = reserve.fill(session, actor(), body["township"], body["amount"], body.get("note")).balance
    return done(_("备用金已拨付，余额 %(n)s 元。", n=held), "console.emergencies")
