"""The data folder's keys must be those the data were sealed with. A folder named wrongly would make new ones in silence, and
from then on half of the county could not be read, and one person would be two."""

from cryptography.exceptions import InvalidTag
from sqlalchemy.orm import Session

from fieldsvc.kit.crypto import Vault

from .models import Keyring

COLUMN, WORD = "keyrings.word", "fieldsvc"


def remember(session: Session, vault: Vault, county: str) -> None:
    """Note whose keys these are, the first time; harmless afterwards."""
    if session.get(Keyring, county) is None:
        sealed, index = vault.seal(WORD.encode(), COLUMN), vault.index(COLUMN, WORD)
        session.add(Keyring(county_code=county, word_sealed=sealed, word_index=index))


def fit(session: Session, vault: Vault, county: str) -> bool:
    """Whether these keys open and find what the county holds; True where nothing was noted yet."""
    kept = session.get(Keyring, county)
    if kept is None:
        return True
    try:
        return vault.open(kept.word_sealed, COLUMN) == WORD.encode() and vault.index(COLUMN, WORD) == bytes(kept.word_index)
    except (InvalidTag, KeyError):
        return False
