"""A department stands or falls whole; the others and the core are read without it."""

import subprocess
import sys

import pytest

from fieldsvc.departments import load
from fieldsvc.departments.forms import publish_forms
from fieldsvc.feed.service import open_county
from fieldsvc.forms.service import current_forms
from fieldsvc.kit.settings import Settings
from tests.support.plugins import install

FACTS = """
[[fact]]
name = "trial_help_wanted"
label = "需要样例帮助"
subject = "household"
type = "bool"
sources = ["visit"]
"""
FORM = """
| survey |
| | type | name | label | save_to |
| | text | wish | 愿望 | {fact} |

| settings |
| | form_title | form_id | version | fieldsvc_class |
| | 样例 | trial_visit | 1 | general |
"""
TEXT_FACT = FACTS.replace('"bool"', '"text"')


@pytest.fixture
def departments(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    load.forget()
    yield lambda: load.load_departments(Settings(home=tmp_path, database_url="sqlite://"))
    load.forget()


def test_a_sound_plugin_brings_its_facts_forms_and_handler(tmp_path, departments):
    files = {"facts.toml": TEXT_FACT, "forms/trial.md": FORM.format(fact="trial_help_wanted")}
    install(tmp_path, "trial", files=files)
    made = departments()
    assert not made.refusals
    assert "trial_help_wanted" in made.vocabulary.facts
    assert "trial_visit" in [form.id for form in made.forms]
    assert made.handler("trial_duty") is not None
    assert made.handler("no_such_duty") is None


@pytest.mark.parametrize(("files", "code"), [
    ({"facts.toml": FACTS + "=broken"}, "toml_syntax"),
    ({"parameters/jiaozhou.toml": 'jurisdiction = "jiaozhou"\n[[parameter]]\nname = "trial_x"\nvalue = 0.5\n'}, None),
    ({"forms/trial.md": FORM.format(fact="nobody_knows_this")}, "unknown-fact"),
    ({"forms/trial.md": "| survey |\n| | type | name |\n| | text | 9x |\n"}, None),
])  # fmt: skip
def test_a_broken_file_sets_the_whole_department_aside_and_no_other(tmp_path, departments, files, code):
    install(tmp_path, "trial", files={"facts.toml": FACTS} | files)
    made = departments()
    assert {r.plugin for r in made.refusals} == {"trial"}
    assert all(r.reason and r.mend and "trial_plugin" in r.file for r in made.refusals)
    assert code is None or code in {r.code for r in made.refusals}
    assert "trial_help_wanted" not in made.vocabulary.facts
    assert made.handler("trial_duty") is None
    assert {p.name for p in made.plugins} >= {"medical"}


def test_forms_are_published_once(db, departments):
    made = departments()
    with db.write() as session:
        open_county(session, "370281")
        assert len(publish_forms(session, "370281", made.form_files)) == len(made.forms) >= 2
    with db.write() as session:
        assert publish_forms(session, "370281", made.form_files) == []
    with db.read() as session:
        assert {f.form_id for f in current_forms(session, "370281")} == {f.id for f in made.forms}


def test_rules_loaded_before_a_fork_do_not_hang_the_child():
    """polars evaluated before a fork hangs the child, so loading must not evaluate; the child must be able to."""
    script = """
import os, sys, signal
from fieldsvc.departments.load import load_departments
from fieldsvc.kit.settings import from_environment
load_departments(from_environment({}))
child = os.fork()
if not child:
    signal.alarm(20)
    import polars as pl
    frame = pl.LazyFrame({"a": list(range(1000))})
    done = frame.select([(pl.col("a") + i).sum().alias(str(i)) for i in range(40)]).collect()
    os._exit(0 if done.width == 40 else 1)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""
    assert subprocess.run([sys.executable, "-c", script], timeout=60).returncode == 0
