"""A list as a file that a browser takes away."""

import io
from collections.abc import Iterable
from urllib.parse import quote

from flask import Response

from .listing import Row, as_csv, as_xlsx

TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def answer(kind: str, name: str, heads: Row, cells: Iterable[Row]) -> Response:
    """``kind``: a key of ``TYPES``; ``name``: of the sheet, and with ``kind`` of the file."""
    held = io.BytesIO()
    if kind == "csv":
        held.write(as_csv(heads, cells))
    else:
        as_xlsx(name, heads, cells, held)
    response = Response(held.getvalue(), content_type=TYPES[kind])
    response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(f'{name}.{kind}')}"
    return response
