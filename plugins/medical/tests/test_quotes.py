"""Every quotation of the department's files stands in the text it names."""

import os
import re
import tomllib
from importlib.resources import files
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
TEXTS = Path(os.environ.get("FIELDSVC_TEXTS") or ROOT.parent / "shared" / "seeds")
PLACES = tomllib.loads((files("fieldsvc.policy") / "data" / "jurisdictions.toml").read_text(encoding="utf-8"))


def cites(node, document):
    if isinstance(node, dict):
        if "quote" in node:
            yield node.get("document", document), node["clause"], node["quote"]
        for key, value in node.items():
            yield from cites(value, PLACES["jurisdiction"].get(key, {}).get("documents", [document])[0])
    elif isinstance(node, list):
        for value in node:
            yield from cites(value, document)


def all_cites():
    package = files("fieldsvc_medical")
    found = [
        f for folder in ("rules", "parameters") for f in package.joinpath(folder).iterdir() if f.name.endswith(".toml")
    ]
    for file in sorted(found, key=str):
        for cite in cites(tomllib.loads(file.read_text(encoding="utf-8")), ""):
            yield file.name, *cite


def squeezed(text):
    return re.sub(r"[\s\ufeff\u3000]+", "", text)


def text_of(document):
    (file,) = TEXTS.glob(f"{PLACES['document'][document]['text']}_*.txt")
    return squeezed(file.read_text(encoding="utf-8"))


@pytest.mark.skipif(not TEXTS.is_dir() and not os.environ.get("CI"), reason="the policy texts are not here")
def test_every_quote_stands_in_its_text():
    assert TEXTS.is_dir(), "CI must have the policy texts"
    missing = [cite for cite in all_cites() if squeezed(cite[3]) not in text_of(cite[1])]
    assert missing == []


def test_there_are_quotes_for_both_places():
    documents = [document for _, document, _, _ in all_cites()]
    assert documents.count("jiaozhou-2024-61") >= 15
    assert documents.count("huining-2022") >= 25


def test_a_condition_cites_the_text_of_its_own_place():
    """A Huining condition never rests on Jiaozhou's text."""
    for file in files("fieldsvc_medical").joinpath("rules").iterdir():
        data = tomllib.loads(file.read_text(encoding="utf-8"))
        for rule in data.get("programme", []) + data.get("indicator", []):
            for place, body in rule["in"].items():
                own = PLACES["jurisdiction"][place]["documents"][0]
                assert {document for document, _, _ in cites(body, own)} == {own}
