"""Mail: kept with the act that it is about, sent afterwards, and wiped once it is on its way.

What a feature needs of it stands here: `queue` in the transaction of its use case, and `goes_out`, which says
whether this site sends mail at all.
"""

from forum.mail.carrier import goes_out, use
from forum.mail.letters import KINDS
from forum.mail.service import queue

__all__ = ["KINDS", "goes_out", "queue", "use"]
