"""The platforms of ministry, province and city (核对平台): named by the deployment, reached by an adapter (docs/checking.md).

``FIELDSVC_CHECKING`` names a TOML file: ``[platform.shandong] title = "山东省核对平台"``, ``level = "province"``, ``adapter = "http"``,
``address = "https://…"``, ``key = "…"`` — or ``adapter = "file"`` with a folder as address.
"""

import os
import tomllib
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

import orjson

from .rules import LARGEST

LEVELS = {"ministry": "部级", "province": "省级", "city": "市级"}
SECONDS = 10.0
NEAR = {"127.0.0.1", "localhost", "::1"}


class Unreachable(Exception):
    """Why a try came to nothing; the text is ours and holds nobody's data."""


class Adapter(Protocol):
    """How one platform is reached. Both answer the report's bytes, or None while there is none; both raise Unreachable."""

    def ask(self, request: Mapping[str, Any]) -> bytes | None: ...
    def fetch(self, check_id: str) -> bytes | None: ...


@dataclass(frozen=True, slots=True)
class Platform:
    name: str
    title: str
    level: str
    adapter: str
    address: str
    key: str = ""

    def connect(self) -> Adapter:
        return ADAPTERS[self.adapter](self)


class _Stay(urllib.request.HTTPRedirectHandler):
    """An identity number and a key go to the address that was set, nowhere else."""

    def redirect_request(self, *_: Any) -> None:
        return None


@dataclass(frozen=True, slots=True)
class Http:
    """``POST {address}/checks`` with the request: 200 = the report, 202 = later by ``GET {address}/checks/{id}`` (404 = not yet)."""

    platform: Platform

    def ask(self, request: Mapping[str, Any]) -> bytes | None:
        return self._call("POST", "/checks", orjson.dumps(request))

    def fetch(self, check_id: str) -> bytes | None:
        return self._call("GET", f"/checks/{check_id}", None)

    def _call(self, method: str, path: str, body: bytes | None) -> bytes | None:
        headers = {"Authorization": f"Bearer {self.platform.key}", "Content-Type": "application/json"}
        asked = urllib.request.Request(self.platform.address.rstrip("/") + path, body, headers, method=method)
        try:
            with urllib.request.build_opener(_Stay).open(asked, timeout=SECONDS) as answer:
                return answer.read(LARGEST + 1) if answer.status == 200 else None
        except urllib.error.HTTPError as error:
            if method == "GET" and error.code == 404:
                return None
            raise Unreachable(f"平台答复 {error.code}") from None
        except (OSError, ValueError) as error:
            raise Unreachable(f"平台无法连接：{type(error).__name__}") from None


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder both sides reach: requests in ``out/{id}.json``, reports in ``in/{id}.json``. A file is whole once it has its name."""

    platform: Platform

    def ask(self, request: Mapping[str, Any]) -> bytes | None:
        folder = Path(self.platform.address)
        wanted, scratch = folder / "out" / f"{request['id']}.json", folder / "out" / f".{request['id']}.part"
        try:
            (folder / "out").mkdir(parents=True, exist_ok=True)
            scratch.touch(mode=0o600)
            scratch.write_bytes(orjson.dumps(request))
            os.replace(scratch, wanted)
        except OSError as error:
            raise Unreachable(f"交换文件夹不能写入：{type(error).__name__}") from None
        return self.fetch(str(request["id"]))

    def fetch(self, check_id: str) -> bytes | None:
        try:
            with (Path(self.platform.address) / "in" / f"{check_id}.json").open("rb") as file:
                return file.read(LARGEST + 1)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise Unreachable(f"交换文件夹不能读取：{type(error).__name__}") from None


ADAPTERS: dict[str, Callable[[Platform], Adapter]] = {"http": Http, "file": Folder}


@lru_cache(maxsize=4)
def platforms(path: Path | None) -> dict[str, Platform]:
    """``{name: platform}`` as the deployment's file has them, the usual one first. Raises ``ValueError`` naming what to mend."""
    if path is None:
        return {}
    told = tomllib.loads(path.read_text("utf-8")).get("platform", {})
    return {name: _platform(path, name, each) for name, each in told.items()}


def _platform(path: Path, name: str, told: Mapping[str, Any]) -> Platform:
    wrong = [
        word
        for word in ("title", "level", "adapter", "address")
        if not isinstance(told.get(word), str) or not told[word]
    ]
    if wrong or told["adapter"] not in ADAPTERS or told["level"] not in LEVELS or len(name) > 32:
        raise ValueError(
            f"{path}：[platform.{name}] 写明 title、level（{'、'.join(LEVELS)}）、adapter（{'、'.join(ADAPTERS)}）、address"
        )
    if told["adapter"] == "http" and not _safe(told["address"]):
        raise ValueError(f"{path}：[platform.{name}] address 应为 https 地址")
    return Platform(name, told["title"], told["level"], told["adapter"], told["address"], str(told.get("key", "")))


def _safe(address: str) -> bool:
    parts = urlsplit(address)
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in NEAR)
