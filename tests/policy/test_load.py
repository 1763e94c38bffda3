"""Every mistake in a policy file is refused with file, line and mend."""

from datetime import date
from fractions import Fraction

import pytest

from fieldsvc.policy.book import Found, Missing, OutOfPeriod
from fieldsvc.policy.load import load_policies
from fieldsvc.policy.refusals import Refused
from fieldsvc.policy.source import Package

PLACES = """\
[document.a-1]
title = "甲文件"
from = 2024-01-01
[jurisdiction.a]
name = "甲县"
documents = ["a-1"]
"""
HEAD = 'jurisdiction = "a"\n'
CITE = 'document = "a-1"\nclause = "一"\nquote = "引文"\n'


def package(root, id="core", core=True, **files):
    (root / "parameters").mkdir(parents=True)
    for name, text in files.items():
        (root / ("jurisdictions.toml" if name == "places" else f"parameters/{name}.toml")).write_text(text, encoding="utf-8")
    return Package(id, root, core)


def refused(root, text, places=PLACES, supplements=()):
    with pytest.raises(Refused) as found:
        load_policies([package(root, places=places, a=text)], supplements)
    for each in found.value.refusals:
        assert each.file and each.line >= 1 and each.mend
    return found.value.refusals


def one(name="x", value="1", more="", cite=CITE):
    return f'[[parameter]]\nname = "{name}"\nvalue = {value}\nfrom = 2024-01-01\n{more}{cite}'


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        (HEAD + one(cite=""), "missing_citation", 2),
        (HEAD + one(cite=CITE.replace("a-1", "b-1")), "unknown_document", 6),
        (one(), "no_jurisdiction", 1),
        ('jurisdiction = "z"\n' + one(), "unknown_jurisdiction", 2),
        (HEAD + one(value="1.5"), "not_exact", 4),
        (HEAD + one(value="[1, 2.5]"), "not_exact", 4),
        (HEAD + one(value='"about 3"', more='unit = "month"\n'), "not_exact", 4),
        (HEAD + one() + one(), "overlapping_dates", 9),
        (HEAD + one(more="until = 2024-12-31\n") + one().replace("from = 2024-01-01", "from = 2024-12-31"), "overlapping_dates", 10),
        (HEAD + one().replace("from = 2024-01-01\n", ""), "no_date", 2),
        (HEAD + one().replace('name = "x"\n', ""), "no_name", 2),
        (HEAD + one().replace("value = 1\n", ""), "no_value", 2),
        (HEAD + "[[parameter]\n", "toml_syntax", 2),
    ],
)
def test_a_mistake_is_refused_at_its_line(tmp_path, text, code, line):
    (found,) = refused(tmp_path / "p", text)
    assert (found.code, found.line) == (code, line)
    assert found.file.endswith("parameters/a.toml")


def test_an_unknown_document_in_a_chain_is_refused(tmp_path):
    (found,) = refused(tmp_path / "p", HEAD + one(), PLACES.replace('["a-1"]', '["a-1", "lost-2"]'))
    assert (found.code, found.line) == ("unknown_document", 6)


def test_a_refused_department_is_named_and_does_not_stop_the_others(tmp_path):
    core = package(tmp_path / "core", places=PLACES, a=HEAD + one("core_value"))
    bad = package(tmp_path / "bad", "bad", False, a=HEAD + one("bad_value", "1.5") + one("bad_other"))
    good = package(tmp_path / "good", "good", False, a=HEAD + one("good_value"))
    book = load_policies([core, bad, good])
    assert {p.name for p in book.parameters} == {"core_value", "good_value"}
    assert [(r.package, r.code, r.line) for r in book.refusals] == [("bad", "not_exact", 4)]


def test_an_amended_parameter_keeps_the_old_one_with_its_dates(tmp_path):
    old = one(value='"1.3"', more='unit = "times"\nuntil = 2024-06-30\n')
    new = one(value='"1.6"', more='unit = "times"\n').replace("2024-01-01", "2024-07-01")
    book = load_policies([package(tmp_path, places=PLACES, a=HEAD + old + new)])
    assert book.at("a", "x", date(2024, 6, 30)).value == Fraction(13, 10)
    assert book.at("a", "x", date(2024, 7, 1)).value == Fraction(16, 10)


def supplement(root, text):
    path = root / "local.toml"
    path.write_text(text, encoding="utf-8")
    return [path]


LOCAL = HEAD + "sample = true\n" + one("standard", '"650"', 'unit = "yuan_per_month"\nreference = "本地通知"\n', cite="")


def test_a_supplement_is_marked_and_never_cites(tmp_path):
    book = load_policies([package(tmp_path / "p", places=PLACES, a=HEAD + one())], supplement(tmp_path, LOCAL))
    found = book.at("a", "standard", date(2024, 5, 1))
    assert isinstance(found, Found) and found.value == 650
    assert (found.parameter.reference, found.parameter.sample, found.parameter.cite) == ("本地通知", True, None)


def test_a_supplement_may_not_rewrite_a_text(tmp_path):
    (found,) = refused(tmp_path / "p", HEAD + one("standard"), supplements=supplement(tmp_path, LOCAL))
    assert found.code == "overlapping_dates" and "不得改写" in found.message


def test_a_supplement_needs_a_reference(tmp_path):
    text = LOCAL.replace('reference = "本地通知"\n', "")
    (found,) = refused(tmp_path / "p", HEAD + one(), supplements=supplement(tmp_path, text))
    assert found.code == "missing_citation"


ENDED = PLACES.replace("from = 2024-01-01", "from = 2022-01-01\nuntil = 2023-12-31")


def test_a_text_ends_with_its_own_date_until_the_deployment_confirms_it(tmp_path):
    files = package(tmp_path / "p", places=ENDED, a=HEAD + one().replace("2024", "2022"))
    before = load_policies([files]).at("a", "x", date(2024, 1, 1))
    assert isinstance(before, OutOfPeriod) and before.ends == date(2023, 12, 31)
    confirm = '[[confirm]]\ndocument = "a-1"\nuntil = 2025-12-31\nreference = "继续施行的通知"\n'
    book = load_policies([files], supplement(tmp_path, confirm))
    assert isinstance(book.at("a", "x", date(2024, 1, 1)), Found)
    assert isinstance(book.at("a", "x", date(2026, 1, 1)), OutOfPeriod)
    assert book.documents["a-1"].confirmed == "继续施行的通知"


def test_a_silent_place_takes_nothing_from_another(tmp_path):
    places = PLACES + '[document.b-1]\ntitle = "乙文件"\nfrom = 2024-01-01\n[jurisdiction.b]\nname = "乙县"\ndocuments = ["b-1"]\n'
    book = load_policies([package(tmp_path, places=places, a=HEAD + one())])
    assert isinstance(book.at("b", "x", date(2024, 5, 1)), Missing)
