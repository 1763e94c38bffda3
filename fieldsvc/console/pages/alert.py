"""An alert (预警)."""

from typing import Any

from fieldsvc.accounts.auth import actor
from fieldsvc.accounts.rules import COUNTY, TOWNSHIP
from fieldsvc.alerts import queries
from fieldsvc.console.answers import show
from fieldsvc.console.guard import page
from fieldsvc.kit.web import site


@page("/alerts/<alert_id>", TOWNSHIP, COUNTY)
def alert(alert_id: str) -> Any:
    with site().db.read() as session:
        found = queries.visible(session, actor(), alert_id)
    return show("alert.html", alert=found)
