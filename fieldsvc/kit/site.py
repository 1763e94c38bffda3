"""One running deployment: its settings, its database and its keys, handed to whoever needs them."""

from dataclasses import dataclass

from .crypto import Vault, vault
from .db import Database
from .settings import Settings


@dataclass(frozen=True, slots=True)
class Site:
    settings: Settings
    db: Database
    vault: Vault

    @property
    def county(self) -> str:
        return self.settings.county_code


def open_site(settings: Settings) -> Site:
    settings.home.mkdir(parents=True, exist_ok=True)
    return Site(settings, Database(settings.database_url), vault(settings.home))
