"""A server that found other keys than the county's data were sealed with seals nothing more."""

from dataclasses import replace

import pytest
from click.testing import CliRunner

from fieldsvc.admin import keys, ready
from fieldsvc.commands.migrate import migrate
from fieldsvc.commands.run import run, worker
from fieldsvc.kit.crypto import vault


@pytest.fixture
def county(site):
    with site.db.write() as session:
        keys.remember(session, site.vault, site.county)
    return site


def fits(site, held):
    with site.db.read() as session:
        return keys.fit(session, held, site.county)


def test_the_keys_of_the_first_day_fit_and_others_do_not(county, tmp_path):
    assert fits(county, county.vault) and not fits(county, vault(tmp_path / "elsewhere"))
    with county.db.write() as session:
        keys.remember(session, vault(tmp_path / "elsewhere"), county.county)
    assert fits(county, county.vault), "what is noted stays"


def test_readiness_names_them(county, tmp_path):
    wrong = replace(county, vault=vault(tmp_path / "elsewhere"))
    assert "keys" in ready.missing(wrong) and "keys" not in ready.missing(county)


@pytest.mark.parametrize("command", [run, worker])
def test_neither_server_nor_worker_starts_with_them(county, tmp_path, monkeypatch, command):
    from fieldsvc import server
    from fieldsvc import worker as background

    started = []
    for module in (server, background):
        monkeypatch.setattr(module, "run", lambda *args: started.append(args))
    monkeypatch.setenv("FIELDSVC_DATABASE_URL", county.settings.database_url)
    for home, expected in ((tmp_path / "elsewhere", 0), (county.settings.home, 1)):
        monkeypatch.setenv("FIELDSVC_HOME", str(home))
        done = CliRunner().invoke(command, [])
        assert len(started) == expected, done.output
        assert ("FIELDSVC_HOME" in done.output) == (not expected)


def test_migrate_notes_them(site, monkeypatch):
    monkeypatch.setenv("FIELDSVC_DATABASE_URL", site.settings.database_url)
    monkeypatch.setenv("FIELDSVC_HOME", str(site.settings.home))
    assert CliRunner().invoke(migrate, []).exit_code == 0
    with site.db.read() as session:
        assert session.get(keys.Keyring, site.county)
