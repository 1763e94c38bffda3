"""The XForm XML for ODK clients, made by pyxform from the same rows; our own columns travel as ``fieldsvc:``
attributes."""

import re
from typing import Any

from pyxform.errors import PyXFormError
from pyxform.xls2xform import convert

from . import columns
from .errors import Fault, FormError
from .source import Row, Source

ROOT = "data"
_CARRIED = {"save_to": "bind::fieldsvc:save_to", "save_to_subject": "bind::fieldsvc:save_to_subject"}
_IDENTIFIER = "bind::fieldsvc:identifier"


def make_xform(source: Source, origin: str) -> str:
    """The XML text. Raises ``FormError`` with pyxform's own words where it refuses what our profile let pass."""
    book = {sheet: [_cells(row) for row in getattr(source, sheet)] for sheet in ("survey", "choices", "settings")}
    book["settings"][0] |= {"namespaces": f'fieldsvc="{columns.NAMESPACE}"', "name": ROOT}
    headers = {f"{sheet}_header": [dict.fromkeys(key for row in rows for key in row)] for sheet, rows in book.items()}
    try:
        return str(convert({**book, **headers, "sheet_names": list(book)}, validate=False, form_name=ROOT).xform)
    except PyXFormError as error:
        raise FormError([_fault(source, str(error))], origin) from error


def _cells(row: Row) -> dict[str, Any]:
    found: dict[str, str] = {}
    for column, value in row.cells.items():
        base, language = columns.split_language(column)
        if base in _CARRIED or base == _IDENTIFIER:
            found[_CARRIED.get(base, base)] = value
        elif base not in columns.OURS:
            found[f"{base}::{language}" if language else base] = value
    return found


def _fault(source: Source, words: str) -> Fault:
    """pyxform counts rows from the header; ours are where the author sees them."""
    match = re.search(r"\[row : (\d+)\]", words)
    index = int(match[1]) - 2 if match else -1
    row = source.survey[index].number if 0 <= index < len(source.survey) else 0
    return Fault("survey", row, "", "pyxform", f"pyxform 不接受：{words}")
