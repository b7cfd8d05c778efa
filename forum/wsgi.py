"""What the web server loads: `forum.wsgi:app`."""

import os
import sys

if os.environ.get("ASYNC_MODE") == "gevent":
    from gevent import monkey

    monkey.patch_all()  # before anything else opens a socket or a lock

from forum import create_app, logs
from forum.config import Misconfigured

try:
    app = create_app()
except Misconfigured as wrong:
    sys.exit(str(wrong))
logs.take_over("gunicorn.error")
