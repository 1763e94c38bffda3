"""Login, lock-out and rotation, through the door, on both databases."""

import threading
import time
from datetime import timedelta

import pytest
from sqlalchemy import event, select

from fieldsvc.accounts import lockout, passwords, queries, service
from fieldsvc.accounts import login as door
from fieldsvc.accounts.models import LoginFailure, TokenFamily
from fieldsvc.kit import clock, sql
from fieldsvc.kit.errors import Problem
from tests.support.accounts import HASH, header

PROBE = "/api/v1/households"


def test_login_answers_tokens_and_who_it_is(make_account, login, client):
    make_account("wang", name="王网格")
    answer = login("ＷANG ")
    assert answer["user"]["name"] == "王网格" and answer["user"]["scope"] == {
        "region": "370281001001", "classes": ["general"]}  # fmt: skip
    assert client.get(PROBE, headers=header(answer["access_token"])).status_code == 200
    assert client.get(PROBE, headers=header(answer["refresh_token"])).status_code == 401


def test_refresh_rotates_and_the_new_pair_works(make_account, login, client):
    make_account("wang")
    first = login("wang")
    second = client.post("/api/v1/auth/refresh", headers=header(first["refresh_token"])).json
    assert client.get(PROBE, headers=header(second["access_token"])).status_code == 200
    assert client.post("/api/v1/auth/refresh", headers=header(second["refresh_token"])).status_code == 200


def test_reuse_of_an_old_refresh_token_revokes_the_family(make_account, login, client, site):
    make_account("wang")
    first, elsewhere = login("wang"), login("wang", device_id="phone-2")
    second = client.post("/api/v1/auth/refresh", headers=header(first["refresh_token"])).json
    assert client.post("/api/v1/auth/refresh", headers=header(first["refresh_token"])).status_code == 401
    assert client.post("/api/v1/auth/refresh", headers=header(second["refresh_token"])).status_code == 401
    assert client.get(PROBE, headers=header(second["access_token"])).status_code == 401
    assert client.get(PROBE, headers=header(elsewhere["access_token"])).status_code == 200
    with site.db.read() as session:
        assert session.scalars(select(TokenFamily.revoked_why).where(TokenFamily.revoked_at.is_not(None))).all() == ["reuse"]


def test_a_lost_answer_can_be_asked_for_again_with_the_same_key(make_account, login, client):
    make_account("wang")
    old = header(login("wang")["refresh_token"])
    same = old | {"Idempotency-Key": "the phone's own secret"}
    lost = client.post("/api/v1/auth/refresh", headers=same).json
    again = client.post("/api/v1/auth/refresh", headers=same)
    assert again.status_code == 200
    third = client.post("/api/v1/auth/refresh", headers=header(again.json["refresh_token"]))
    assert third.status_code == 200
    assert client.post("/api/v1/auth/refresh", headers=header(lost["refresh_token"])).status_code == 401
    assert client.get(PROBE, headers=header(third.json["access_token"])).status_code == 401


def test_another_key_is_a_reuse(make_account, login, client):
    make_account("wang")
    old = header(login("wang")["refresh_token"])
    mine = client.post("/api/v1/auth/refresh", headers=old | {"Idempotency-Key": "mine"}).json
    assert client.post("/api/v1/auth/refresh", headers=old | {"Idempotency-Key": "thief"}).status_code == 401
    assert client.get(PROBE, headers=header(mine["access_token"])).status_code == 401


def test_parallel_refreshes_give_one_successor(make_account, login, site):
    make_account("wang")
    login("wang")
    with site.db.read() as session:
        family = session.scalars(select(TokenFamily)).one()
    outcomes = in_parallel(4, lambda n: door.refresh(site, family.account_id, family.id, family.current_jti, f"jti-{n}"))
    assert sorted(outcomes) == [False, False, False, True]


def test_logout_ends_the_login(make_account, login, client):
    make_account("wang")
    tokens = login("wang")
    assert client.post("/api/v1/auth/logout", headers=header(tokens["access_token"])).status_code == 204
    assert client.get(PROBE, headers=header(tokens["access_token"])).status_code == 401
    assert client.post("/api/v1/auth/refresh", headers=header(tokens["refresh_token"])).status_code == 401


@pytest.mark.parametrize("verb", ["lock", "set_password"])
def test_stopping_an_account_or_changing_its_password_ends_its_logins(make_account, login, client, site, verb):
    make_account("wang")
    tokens = login("wang")
    with site.db.write() as session:
        account = service.find(session, site.county, "wang")
        service.lock(session, account) if verb == "lock" else service.set_password(session, account, HASH)
    assert client.get(PROBE, headers=header(tokens["access_token"])).status_code == 401
    assert login.raw("wang").status_code == (401 if verb == "lock" else 200)


def test_six_failures_lock_for_half_an_hour(make_account, login, monkeypatch):
    make_account("wang")
    assert [login.raw("wang", "wrong password").status_code for _ in range(7)] == [401] * 6 + [423]
    locked = login.raw("wang")
    assert locked.status_code == 423 and locked.json["code"] == "login-locked"
    assert 1700 < int(locked.headers["Retry-After"]) <= 1800
    late = clock.now() + timedelta(minutes=30, seconds=1)
    monkeypatch.setattr(clock, "now", lambda: late)
    assert login.raw("wang").status_code == 200


def test_a_success_starts_the_count_anew(make_account, login):
    make_account("wang")
    for _ in range(2):
        assert {login.raw("wang", "wrong password", "new").status_code for _ in range(5)} == {401}
        assert login.raw("wang", device_id="known").status_code == 200
        login_again = login.raw("wang", device_id=f"other-{time.time()}")
        assert login_again.status_code == 200


def test_a_known_device_is_not_locked_out_from_elsewhere_but_counts_for_itself(make_account, login):
    make_account("wang")
    login("wang", device_id="own-phone")
    for _ in range(8):
        login.raw("wang", "wrong password", device_id="attacker")
    assert login.raw("wang", device_id="attacker").status_code == 423
    assert login.raw("wang", device_id="own-phone").status_code == 200
    assert [login.raw("wang", "wrong password", "own-phone").status_code for _ in range(7)] == [401] * 6 + [423]


def test_unknown_names_get_the_same_answers(make_account, login):
    make_account("wang")
    answers = [[strip(login.raw(name, "wrong password")) for _ in range(7)] for name in ("wang", "nobody")]
    assert answers[0] == answers[1]


def test_unknown_names_cost_the_same_hashing(make_account, login, monkeypatch):
    make_account("wang")
    seen = []
    monkeypatch.setattr(passwords, "matches", lambda hashed, given: seen.append(hashed) or False)
    login.raw("nobody", "x"), login.raw("wang", "x")
    assert seen == [passwords.NOBODY, HASH] and parameters(seen[0]) == parameters(seen[1])


def test_parallel_guesses_are_judged_six_times_only(make_account, site, monkeypatch):
    """All sixteen have hashed before the first is judged, which is the worst order there is."""
    make_account("wang")
    hashed = threading.Barrier(16)
    monkeypatch.setattr(passwords, "matches", lambda *_: hashed.wait(60) < 0)

    def guess(number):
        with pytest.raises(Problem) as refused:
            door.login(site, "wang", f"wrong password {number}", f"d{number}")
        return refused.value.code

    codes = in_parallel(16, guess)
    assert (codes.count("login-failed"), codes.count("login-locked")) == (6, 10), codes
    with site.db.read() as session:
        assert session.scalars(select(LoginFailure.failures)).one() == 6


def test_a_judgement_waits_for_the_one_before_it_even_of_a_first_failure(site):
    verdicts = []

    def judge():
        with site.db.write() as session:
            verdicts.append(lockout.locked_until(session, site.county, "wang", lockout.ELSEWHERE))

    second = threading.Thread(target=judge)
    with site.db.write() as session:
        assert lockout.locked_until(session, site.county, "wang", lockout.ELSEWHERE) is None
        second.start()
        second.join(0.3)
        for _ in range(6):
            lockout.count_failure(session, site.settings, "wang", lockout.ELSEWHERE)
    second.join()
    assert verdicts != [None] and verdicts


def test_hashing_happens_outside_write_transactions(make_account, login, site, monkeypatch):
    make_account("wang")
    during = []
    open_now = []
    event.listen(site.db.engine, "begin", lambda c: open_now.append(c))
    event.listen(site.db.engine, "commit", lambda c: open_now.clear())
    event.listen(site.db.engine, "rollback", lambda c: open_now.clear())
    real = passwords.matches
    monkeypatch.setattr(passwords, "matches", lambda *a: during.append(len(open_now)) or real(*a))
    login("wang")
    assert during == [0]


def test_argon2id_as_promised_and_length_without_composition():
    assert parameters(passwords.hashed("twelve chars")) == "$argon2id$v=19$m=19456,t=2,p=1"
    assert passwords.matches(passwords.hashed("密码只要十二个字就可以了吧"), "密码只要十二个字就可以了吧")
    with pytest.raises(Problem) as short:
        passwords.hashed("Sh0rt!passw")
    assert short.value.code == "weak-password"


def test_authentication_is_one_query(make_account, login, site, monkeypatch):
    account = make_account("wang")
    login("wang")
    with site.db.read() as session:
        family = session.scalars(select(TokenFamily.id)).one()
    statements = []
    with site.db.read() as session:
        event.listen(session.connection(), "before_cursor_execute", lambda *a: statements.append(a[2]))
        asked = sql.Sql.rows
        monkeypatch.setattr(sql.Sql, "rows", lambda self, *a, **k: statements.append(self) or asked(self, *a, **k))
        actor = queries.actor_of(session, site.county, account.id, family)
    assert actor.device_id == "phone-1" and len(statements) == 1


def strip(response):
    body = {k: v for k, v in response.json.items() if k != "request_id"}
    return response.status_code, body


def parameters(hashed):
    return hashed.rsplit("$", 2)[0]


def in_parallel(count, work):
    results, start = [None] * count, threading.Barrier(count)

    def run(number):
        start.wait()
        results[number] = work(number)

    threads = [threading.Thread(target=run, args=(n,)) for n in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results
