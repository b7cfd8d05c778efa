"""A person's browser without the browser: one connection, one cookie, forms posted as a page posts them."""

import http.client
import json
import time
from typing import Any
from urllib.parse import urlencode, urlsplit

PATIENCE = 60.0  # seconds in which a form is sent again while the site is away


class Visitor:
    """Somebody with a browser. Forms are sent again when the line broke: their key makes twice equal once."""

    def __init__(self, address: str) -> None:
        self._host = urlsplit(address).netloc
        self._origin = address
        self._connection: http.client.HTTPConnection | None = None
        self.cookie = ""

    def post(self, path: str, fields: dict[str, str], *, json_wanted: bool = False) -> tuple[int, str, Any]:
        """Send a form; answers status, location and the body (parsed when JSON was asked for)."""
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "Origin": self._origin,
            "Sec-Fetch-Site": "same-origin",
            "Cookie": self.cookie,
        }
        if json_wanted:
            headers["Accept"] = "application/json"
        return self._asked("POST", path, urlencode(fields), headers)

    def get(self, path: str) -> tuple[int, str, Any]:
        """Read a page."""
        return self._asked("GET", path, None, {"Cookie": self.cookie})

    def close(self) -> None:
        """Hang up."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def log_in(self, name: str, password: str) -> "Visitor":
        """Log in; RuntimeError when that is refused."""
        status, _, _ = self.post("/log-in", {"name": name, "password": password, "next": "/"})
        if status != 303:
            raise RuntimeError(f"could not log in: {status}")
        return self

    def _asked(
        self, method: str, path: str, body: str | None, headers: dict[str, str]
    ) -> tuple[int, str, Any]:
        until = time.monotonic() + PATIENCE
        while True:
            try:
                status, location, content, kind = self._once(method, path, body, headers)
            except (OSError, http.client.HTTPException):
                self._connection = None
                if time.monotonic() > until:
                    raise
                time.sleep(0.2)
                continue
            if status in (502, 503) and time.monotonic() < until:
                time.sleep(0.2)
                continue
            return status, location, json.loads(content) if kind == "application/json" else content

    def _once(
        self, method: str, path: str, body: str | None, headers: dict[str, str]
    ) -> tuple[int, str, str, str]:
        if self._connection is None:
            self._connection = http.client.HTTPConnection(self._host, timeout=30)
        self._connection.request(method, path, body, headers)
        answer = self._connection.getresponse()
        content = answer.read().decode()
        for given in answer.headers.get_all("Set-Cookie") or []:
            self.cookie = given.partition(";")[0]
        return (
            answer.status,
            answer.headers.get("Location", ""),
            content,
            answer.headers.get("Content-Type", "").partition(";")[0],
        )
