"""How often one person or address may do a thing, counted in the shared store. Never asked in front of help."""

import hashlib
import hmac
from dataclasses import dataclass

from limits import RateLimitItem, parse, storage, strategies
from limits.errors import StorageError

from forum.db import now
from forum.errors import TooMany


@dataclass(frozen=True)
class Limit:
    """So many in such a time, and what is said beyond."""

    most: RateLimitItem
    sentence: str


LIMITS: dict[str, Limit] = {
    "log_in": Limit(
        parse("10 per 5 minutes"),
        "There were many tries with this name. Please wait a few minutes and try again; nothing is lost.",
    ),
    "log_in_address": Limit(
        parse("50 per 5 minutes"),
        "There were many tries from your connection. Please wait a few minutes and try again.",
    ),
    "own_secret": Limit(
        parse("10 per 5 minutes"), "There were many tries. Please wait a few minutes and try again."
    ),
    "recover": Limit(
        parse("10 per 15 minutes"),
        "There were many tries with this name. Please wait a quarter of an hour and try again.",
    ),
    "recover_address": Limit(
        parse("30 per 15 minutes"),
        "There were many tries from your connection. Please wait a quarter of an hour and try again.",
    ),
    "mail_to": Limit(
        parse("5 per hour"), "Several mails were asked for. Please look into your mail, also among the junk."
    ),
    "sign_up": Limit(
        parse("10 per hour"), "Many accounts were made from your connection. Please try again in an hour."
    ),
    "membership": Limit(
        parse("20 per hour"), "You have joined and left often in the last hour. Please wait a little."
    ),
    "post": Limit(
        parse("10 per minute"),
        "That was a lot in a short time. Your words are kept below; "
        "please wait a minute and send them again.",
    ),
}


class Limiter:
    """Counts in the shared store; while that is away, in this process, so that nobody gets in meanwhile."""

    def __init__(self, url: str, secret: str, *, on: bool = True) -> None:
        self._on = on
        self._secret = secret.encode()
        options = {"socket_connect_timeout": 0.5, "socket_timeout": 0.5}
        self._shared = strategies.MovingWindowRateLimiter(
            storage.storage_from_string(url, wrap_exceptions=True, **options)
        )
        self._own = strategies.MovingWindowRateLimiter(storage.MemoryStorage())
        self._away_until = 0.0

    def spend(self, name: str, who: object) -> None:
        """Count one use of limit `name` by `who`; raises TooMany when there is none left."""
        if not self._on:
            return
        limit, key = LIMITS[name], self._key(name, who)
        if not self._hit(limit.most, key):
            raise TooMany(limit.sentence, wait=limit.most.get_expiry())

    def _hit(self, most: RateLimitItem, key: str) -> bool:
        moment = now().timestamp()
        if moment >= self._away_until:
            try:
                return self._shared.hit(most, key)
            except StorageError:
                self._away_until = moment + 2  # one slow try, then two seconds without waiting for it
        return self._own.hit(most, key)

    def _key(self, name: str, who: object) -> str:
        """Names and addresses are not written into the store: a keyed hash of them is."""
        return f"{name}:{hmac.new(self._secret, str(who).encode(), hashlib.sha256).hexdigest()[:32]}"
