"""Sixty ways to forge a token: always 401 problem+json, never a 5xx, never a hint."""

import base64
import hashlib
import hmac
import json
import time
import uuid

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from sqlalchemy import select

from fieldsvc.accounts.models import TokenFamily
from fieldsvc.kit.crypto import load_keys
from tests.support.accounts import header

PROBE = "/api/v1/households"
DOORS = (("get", PROBE), ("post", "/api/v1/auth/refresh"), ("post", "/api/v1/auth/logout"))


def b64(value):
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


class Forger:
    """A good token's claims and the deployment's key, to be misused."""

    def __init__(self, token, key):
        self.token, self.key = token, key
        self.head, self.body, self.signature = token.split(".")
        self.claims = jwt.decode(token, options={"verify_signature": False})

    def sign(self, key=None, algorithm="HS256", headers=None, **claims):
        return jwt.encode({**self.claims, **claims}, self.key if key is None else key, algorithm, headers)

    def without(self, *names):
        return jwt.encode({k: v for k, v in self.claims.items() if k not in names}, self.key, "HS256")

    def raw(self, head, body=None, signature=None):
        parts = b64(head), self.body if body is None else b64(body), self.signature if signature is None else signature
        return ".".join(parts)


RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)
EC = ec.generate_private_key(ec.SECP256R1())
PEM = RSA.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
JWK = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(RSA.public_key()))
LATER = int(time.time()) + 900

CASES = {
    **{f"alg {alg!r}": lambda f, alg=alg: f.raw({"alg": alg, "typ": "JWT"}, signature="")
       for alg in ("none", "None", "NONE", "nOnE", "", None, 0, [], {}, ["HS256"])},
    "alg none with the old signature": lambda f: f.raw({"alg": "none"}),
    "no alg": lambda f: f.raw({"typ": "JWT"}),
    "other key": lambda f: f.sign("x" * 64),
    "empty key": lambda f: hmac_signed(f, b""),
    "key in lower half": lambda f: f.sign(f.key[:32]),
    "key as bytes of its hex": lambda f: f.sign(bytes.fromhex(f.key)),
    "HS384 with our key": lambda f: f.sign(algorithm="HS384"),
    "HS512 with our key": lambda f: f.sign(algorithm="HS512"),
    "RS256": lambda f: f.sign(RSA, "RS256"),
    "ES256": lambda f: f.sign(EC, "ES256"),
    "public key as secret": lambda f: hmac_signed(f, PEM),
    "public JWK as secret": lambda f: hmac_signed(f, json.dumps(JWK).encode()),
    "jwk in header": lambda f: f.sign(RSA, "RS256", {"jwk": JWK}),
    "jwk oct in header": lambda f: f.sign("k" * 32, headers={"jwk": {"kty": "oct", "k": b64(b"k" * 32)}}),
    "jku in header": lambda f: f.sign(RSA, "RS256", {"jku": "https://attacker.invalid/keys"}),
    "x5u in header": lambda f: f.sign(RSA, "RS256", {"x5u": "https://attacker.invalid/cert"}),
    "x5c in header": lambda f: f.sign(RSA, "RS256", {"x5c": [b64(PEM)]}),
    "kid of a file": lambda f: hmac_signed(f, b"", kid="../../../../dev/null"),
    "kid of a query": lambda f: f.sign("1", headers={"kid": "x' UNION SELECT '1"}),
    "kid as number": lambda f: f.raw({"alg": "HS256", "kid": 7}),
    "crit unknown": lambda f: f.sign("x" * 64, headers={"crit": ["exp"]}),
    "b64 false": lambda f: f.sign("x" * 64, headers={"b64": False, "crit": ["b64"]}),
    "expired": lambda f: f.sign(exp=1),
    "expired a minute ago": lambda f: f.sign(exp=int(time.time()) - 60),
    "exp as text": lambda f: f.sign(exp="tomorrow"),
    "exp as list": lambda f: f.sign(exp=[LATER]),
    "exp beyond float": lambda f: f.raw({"alg": "HS256"}, body=b'{"exp":1e999}'),
    "exp negative": lambda f: f.sign(exp=-LATER),
    "no exp": lambda f: f.without("exp"),
    "not yet valid": lambda f: f.sign(nbf=LATER),
    "issued in the future": lambda f: f.sign(iat=LATER),
    "issuer missing": lambda f: f.without("iss"),
    "issuer of another county": lambda f: f.sign(iss="fieldsvc:110101"),
    "wrong type": lambda f: f.sign(type="session"),
    "type missing and family unknown": lambda f: f.sign(type=None),
    "no subject": lambda f: f.without("sub"),
    "subject not a number": lambda f: f.sign(sub="admin"),
    "subject a query": lambda f: f.sign(sub="1 OR 1=1"),
    "subject of another": lambda f: f.sign(sub="2"),
    "subject beyond int8": lambda f: f.sign(sub=str(2**70)),
    "no family": lambda f: f.without("fam"),
    "family unknown": lambda f: f.sign(fam=str(uuid.uuid4())),
    "family with NUL": lambda f: f.sign(fam="a\x00b"),
    "family a surrogate": lambda f: f.sign(fam="\ud800"),
    "family a list": lambda f: f.sign(fam=["x"]),
    "claims a list": lambda f: f.raw({"alg": "HS256"}, body=[1]),
    "claims deep": lambda f: f.raw({"alg": "HS256"}, body=b"[" * 900),
    "claims not JSON": lambda f: f.raw({"alg": "HS256"}, body=b"\xff\xfe"),
    "header not JSON": lambda f: f.raw(b"{"),
    "header a list": lambda f: f.raw([]),
    "tampered body": lambda f: f.raw({"alg": "HS256", "typ": "JWT"}, body={**f.claims, "sub": "2"}),
    "tampered signature": lambda f: f.token[:-6] + ("AAAAAA" if f.token[-6:] != "AAAAAA" else "BBBBBB"),
    "no signature": lambda f: f"{f.head}.{f.body}.",
    "two parts": lambda f: f"{f.head}.{f.body}",
    "four parts": lambda f: f"{f.token}.{f.signature}",
    "padding": lambda f: f"{f.head}.{f.body}=.{f.signature}=",
    "not base64": lambda f: "%%%.%%%.%%%",
    "not a token": lambda f: "hello",
    "empty": lambda f: "",
    "only dots": lambda f: "..",
    "five parts as JWE": lambda f: "a.b.c.d.e",
    "huge": lambda f: "A" * 200_000,
    "huge and well-formed": lambda f: f.sign(pad="x" * 100_000),
    "latin-1": lambda f: "é.ü.ß",
}  # fmt: skip


def hmac_signed(f, secret, **head):
    text = f"{b64({'alg': 'HS256', 'typ': 'JWT', **head})}.{f.body}"
    return f"{text}.{b64(hmac.new(secret, text.encode(), hashlib.sha256).digest())}"


def test_there_are_sixty():
    assert len(CASES) >= 60


@pytest.fixture
def forgers(make_account, login, site):
    make_account("wang")
    tokens, key = login("wang"), load_keys(site.settings.home)["token"]
    return {kind: Forger(tokens[f"{kind}_token"], key) for kind in ("access", "refresh")}


def test_every_forgery_is_refused_at_every_door(forgers, client, site):
    answers = set()
    for name, forge in CASES.items():
        for method, door in DOORS:
            token = forge(forgers["refresh" if "refresh" in door else "access"])
            response = getattr(client, method)(door, headers=header(token))
            assert response.status_code == 401, (name, door, response.get_data(True))
            assert response.mimetype == "application/problem+json", name
            answers.add(response.json["detail"])
    assert len(answers) == 1
    with site.db.read() as session:
        assert session.scalars(select(TokenFamily.revoked_why)).all() == [None]


@pytest.mark.parametrize("value", ["", "Bearer", "Bearer  ", "Basic dTpw", "bearer\tx", "Token x", "Bearer a b"])
def test_other_authorization_headers(client, value):
    assert client.get(PROBE, headers={"Authorization": value}).status_code == 401


def test_the_honest_token_passes_where_the_forged_do_not(forgers, client):
    assert client.get(PROBE, headers=header(forgers["access"].token)).status_code == 200
    assert client.get(PROBE, headers=header(forgers["access"].sign())).status_code == 200
