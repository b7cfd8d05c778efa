"""The one script and the one stylesheet: where they are and what they must be, as bin/assets.mjs wrote it down."""

import json
from functools import cache
from pathlib import Path

MANIFEST = Path(__file__).parent.parent / "static" / "dist" / "manifest.json"


def address(name: str) -> str:
    """Where the page finds a file: the built one if there is one."""
    return f"/static/{_built().get(name, name)}"


def integrity(name: str) -> str:
    """The hash of a built file, as pages and the content security policy name it; empty when nothing was built."""
    return _built().get(f"{name} integrity", "")


@cache
def _built() -> dict[str, str]:
    built: dict[str, str] = json.loads(MANIFEST.read_text()) if MANIFEST.exists() else {}
    return built
