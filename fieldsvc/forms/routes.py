"""Published forms (表单) for clients: the list, and one version as JSON or XForm XML."""

from typing import Any

from flask import Response, jsonify, request
from flask_smorest import Blueprint

from fieldsvc.accounts.auth import actor, signed_in
from fieldsvc.accounts.rules import CLASSES
from fieldsvc.kit.errors import not_found
from fieldsvc.kit.web import site

from . import service
from .models import FormVersion
from .schemas import FormList

blueprint = Blueprint("forms", __name__, url_prefix="/api/v1/forms", description="走访表单")


@blueprint.get("")
@blueprint.response(200, FormList)
@signed_in()
def list_forms() -> dict[str, Any]:
    """当前岗位可用的表单"""
    with site().db.read() as session:
        rows = service.current_forms(session, site().county)
    return {"items": [row for row in rows if row.klass in CLASSES[actor().role]]}


@blueprint.get("/<form_id>/<version>.json")
@signed_in()
def form_json(form_id: str, version: str) -> Response:
    """表单定义（JSON）；内容不可变，ETag 即其散列值"""
    row = _version(form_id, version)
    return _immutable(jsonify(row.definition), row)


@blueprint.get("/<form_id>/<version>.xml")
@signed_in()
def form_xml(form_id: str, version: str) -> Response:
    """表单定义（XForm XML，供 ODK 客户端）"""
    row = _version(form_id, version)
    return _immutable(Response(row.xform, mimetype="application/xml"), row)


def _version(form_id: str, version: str) -> FormVersion:
    with site().db.read() as session:
        row = session.get(FormVersion, (site().county, form_id, version))
    if row is None or row.klass not in CLASSES[actor().role]:
        raise not_found()
    return row


def _immutable(response: Response, row: FormVersion) -> Response:
    response.set_etag(row.hash)
    response.headers["Cache-Control"] = "private, max-age=31536000, immutable"
    return response.make_conditional(request)
