"""Forms (表单): XLSForm in, an immutable compiled form out, and the judgement of an answer set.

Public interface of the pure part (import from the modules, nothing is re-exported):

- ``compile.compile_form(content: Path | str | bytes, *, origin) -> CompiledForm``; a fault anywhere →
  ``errors.FormError`` with
  ``faults`` (sheet, row, column, code, Chinese reason), all at once.
- ``model.CompiledForm``: ``id, version, title, klass, hash, xform, definition, items, questions, facts,
  identifiers``;
  ``.validate(answers, *, today, now=None) -> model.Validation(values, problems)``.
- ``load.load_department_forms(package) -> list[CompiledForm]``: ``<package>/forms/*.md|*.xlsx``.
- ``upcast.upcast(answers, from_form, to_form) -> upcast.Upcast(answers, dropped)``: an older version's answers in
  the newer shape.
- ``check.check_files(paths) -> check.Report(lines, ok)``: behind ``fieldsvc form check``.
- ``rules.exact(value) -> Decimal``: a stored number as the exact decimal the worker typed.

Answer sets are one flat object: question name → JSON value. Groups do not nest; a repeat is a list of such objects.
Names are
unique in a form. ``None``, ``""`` and ``[]`` mean "not answered". Value shapes by type: ``answers.py``. XPath
profile:
``docs/decisions/0010-xpath.md``. ``oracle.py`` is for tests and bench only.
"""
