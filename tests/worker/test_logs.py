"""A whole site keeps no log of what people write, who they are or where they were."""

import json
import urllib.request
import uuid
from pathlib import Path
from typing import Any

from bench.visiting import Visitor
from forum.demo import PASSWORD
from tests.parts.processes import wait_for
from tests.parts.site import Site

MARKER = "zwetschgenkuchen"


def _logged(site: Site) -> dict[str, str]:
    return {path.name: path.read_text() for path in Path(site.data / "log").glob("*.log*")}


def _lines(log: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in log.splitlines() if line.startswith("{")]


def test_what_is_posted_read_and_looked_for_is_in_no_log(site: Site):
    ana = Visitor(site.address).log_in("Ana", PASSWORD)
    form = {"body": f"I want to end my life. {MARKER}", "form_key": uuid.uuid4().hex}
    assert ana.post("/threads/1/replies", form, json_wanted=True)[0] == 200
    assert ana.post("/threads/1/replies", form | {"form_key": MARKER * 40}, json_wanted=True)[0] in (200, 422)
    ana.get(f"/{MARKER}?q={MARKER}")
    ana.close()

    def everything_followed() -> bool:
        with urllib.request.urlopen(f"{site.address}/readyz", timeout=5) as answer:
            told = json.load(answer)
        return not told["relay_lag_seconds"] and not told["oldest_pending_screening_seconds"]

    wait_for(everything_followed, timeout=60)
    logs = _logged(site)
    for name, log in logs.items():
        assert MARKER not in log.lower(), name
        for secret in ("/threads/", "127.0.0.1 -", '"Ana"', ana.cookie):
            assert secret not in log, f"{secret} in {name}"
    asked = [line for line in _lines(logs["web.log"]) if line["event"] == "request"]
    assert any(line["endpoint"] == "threads.reply" and line["status"] == 200 for line in asked)
    assert any("screen" in line["event"] for line in _lines(logs["screening.log"]))
    with urllib.request.urlopen(f"{site.address}/metrics", timeout=5) as answer:
        assert 'forum_requests_total{endpoint="threads.reply"' in answer.read().decode()
