"""重复救助、遗漏救助."""

from flask_smorest import Blueprint

blueprint = Blueprint("overlaps", __name__, url_prefix="/api/v1", description="重复救助与遗漏救助")
