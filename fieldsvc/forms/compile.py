"""From an XLSForm to an immutable ``CompiledForm``: outline, XPath plan, XForm XML, JSON definition, hash."""

import hashlib
import json
from pathlib import Path
from types import MappingProxyType
from typing import Any

from . import columns
from .definition import definition_of
from .errors import FormError
from .model import CompiledForm
from .outline import read_outline
from .plan_builder import build_plan
from .source import Row, Source, read_source
from .xform import ROOT, make_xform


def compile_form(content: Path | str | bytes, *, origin: str) -> CompiledForm:
    """Compile a file (``Path``), Markdown text (``str``) or the bytes of either; ``origin`` names it in messages.

    Raises ``FormError`` with every fault found: sheet, row, column, stable code, Chinese reason.
    """
    source = read_source(content, origin=origin)
    outline = read_outline(source)
    plan = build_plan(outline, ROOT)
    if outline.faults or plan is None:
        raise FormError(sorted(outline.faults, key=_place), origin)
    xform = make_xform(source, origin)
    digest = canonical_hash(source)
    settings = outline.settings
    items = tuple(outline.items)
    return CompiledForm(
        id=settings["form_id"],
        version=settings["version"],
        title=settings["form_title"],
        klass=settings["fieldsvc_class"],  # type: ignore[arg-type]
        hash=digest,
        origin=origin,
        xform=xform,
        definition=definition_of(settings, items, digest),
        items=items,
        questions=MappingProxyType({each.name: each for each in items}),
        plan=plan,
    )


def _place(fault: Any) -> tuple[int, int, str]:
    sheets = ("settings", "choices", "survey")
    return sheets.index(fault.sheet), fault.row, fault.column


def canonical_hash(source: Source) -> str:
    """SHA-256 over the cells, independent of file format, row numbers, column order and column aliases."""

    def cells(row: Row) -> list[tuple[str, str]]:
        named = ((*columns.split_language(column), value) for column, value in row.cells.items())
        return sorted((f"{base}::{language}" if language else base, value) for base, language, value in named)

    sheets = {sheet: [cells(row) for row in getattr(source, sheet)] for sheet in ("survey", "choices", "settings")}
    return hashlib.sha256(json.dumps(sheets, ensure_ascii=False, sort_keys=True).encode()).hexdigest()
