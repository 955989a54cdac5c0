"""One worker process: Celery's worker without its command line, which loads a shell with completion and all."""

import secrets
import sys
from socket import gethostname

from config.runtime import memory

# Threads for tasks, since confirming an order is waiting for the database. More than may be busy for long at once, so that
# one is left for orders: tables have one. Emails and webhooks are sent by rounds, in threads of their own
# (config/worker/clock.py).
THREADS = 3


def main() -> int:
    # Until the clock starts, when all is loaded.
    memory.begin()
    from config.celery import app  # noqa: PLC0415 who asks for the number of threads needs no shop

    worker = app.Worker(
        # A unique name: RabbitMQ refuses a second worker of the same name, and shops may share a broker.
        hostname=f"orderly-{secrets.token_hex(3)}@{gethostname()}",
        pool_cls="threads",
        concurrency=THREADS,
        loglevel="INFO",
        without_gossip=True,
        without_mingle=True,
        without_heartbeat=True,
    )
    worker.start()
    return worker.exitcode or 0


if __name__ == "__main__":
    sys.exit(main())
