"""Strict JSON: everything Python's parser lets through and a database cannot keep is refused by name."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldsvc.kit.strict import BadJson, decode, read

REFUSED = {
    "too-deep": [b"[" * 5000 + b"]" * 5000, b'{"a":' * 5000 + b"1" + b"}" * 5000, b"[" * 42 + b"]" * 42],
    "number-too-big": [b"9" * 5000, b"1e999", b"[-1e400]", b"9223372036854775808"],
    "not-json": [b"NaN", b"[Infinity]", b'"\\ud800"', b'["\\udc00x"]', b"\xff", b"", b'{"a":1}}', b"'a'"],
    "nul-character": [b'"\\u0000"', b'{"a":["x\\u0000"]}', b'{"\\u0000":1}'],
    "duplicate-key": [b'{"a":1,"a":2}', b'{"a" : {"b":1, "b":1}}', b'{"a\\n":1,"a\\u000a":2}', b'{"a":1\n,"a"\t:"\\":"}',
                      b'{"a":1,"a":1e5}', b'{"a":[1e4,1e4],"a":1e9}'],
}


@pytest.mark.parametrize("code,raw", [(code, raw) for code, many in REFUSED.items() for raw in many])
@pytest.mark.parametrize("reader", [decode, read])
def test_refused_by_name(code, raw, reader):
    with pytest.raises(BadJson) as refused:
        reader(raw)
    assert refused.value.code == code


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")),
    lambda inner: st.lists(inner, max_size=4)
    | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


@given(VALUES, st.booleans(), st.sampled_from([None, 1]))
def test_everything_faithful_is_read_as_python_reads_it(value, ascii_only, indent):
    text = json.dumps(value, ensure_ascii=ascii_only, indent=indent)
    assert decode(text.encode()) == value
    again, canonical = read(text.encode())
    assert again == value and read(canonical) == (value, canonical)


@pytest.mark.parametrize("text", [r'{"":null,"":{"\\":null}}', r'{"a":1,"a\\":2,"a":3}'])
def test_a_name_that_ends_in_a_backslash_hides_no_other(text):
    with pytest.raises(BadJson):
        read(text.encode())


@given(st.dictionaries(st.text(st.characters(codec="ascii"), max_size=3), VALUES, min_size=1, max_size=4), st.data())
def test_a_name_that_stands_twice_is_found_whatever_the_lengths(fields, data):
    """Also where another value, written at length, makes up for what the second one hid."""
    name, other = data.draw(st.sampled_from(sorted(fields))), data.draw(VALUES)
    pairs = [*fields.items(), (name, other)]
    text = "{" + ",".join(f"{json.dumps(k)}:{json.dumps(v)}" for k, v in pairs) + "}"
    with pytest.raises(BadJson):
        read(text.encode())


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(raw):
    try:
        decode(raw)
    except BadJson as refused:
        assert refused.code in REFUSED
