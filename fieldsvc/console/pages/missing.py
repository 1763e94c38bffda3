"""An address that is none of ours answers as a page."""

from typing import Any

from fieldsvc.console.guard import blueprint
from fieldsvc.kit.errors import not_found


@blueprint.get("/<path:_address>")
def missing(_address: str) -> Any:
    raise not_found()
