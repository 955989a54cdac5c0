"""The servers behind the shop: database, cache, hints and the broker of tasks."""

from django.core.exceptions import ImproperlyConfigured

from config import addresses
from config.sections.base import DATA_DIR, env

_database_form = "DATABASE_URL must name a PostgreSQL database: postgres://user:password@host:5432/name"
if not env.str("DATABASE_URL", ""):
    raise ImproperlyConfigured(
        f"{_database_form}. It is not set, and no shop runs from {DATA_DIR}: see `make run`."
    )
DATABASES = {"default": env.db("DATABASE_URL")}
if "postgresql" not in DATABASES["default"].get("ENGINE", ""):
    raise ImproperlyConfigured(_database_form)
DATABASES["default"]["ENGINE"] = "database"  # PostgreSQL's, with a little of ours
DATABASES["default"]["CONN_MAX_AGE"] = env.int("CONN_MAX_AGE", 300)
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
# Where PostgreSQL itself is, when DATABASE_URL names a pool in transaction mode in front of it: `bin/orderly` takes this
# for what needs a connection of its own (migrate, backup, restore, audit).
DATABASE_DIRECT_URL = env.str("DATABASE_DIRECT_URL", "")
addresses.complete_database(
    DATABASES["default"], is_pooled=DATABASE_DIRECT_URL not in ("", env.str("DATABASE_URL"))
)
# A replica of it, for lists, search and reports, whose newest change may be so many seconds old (database/replica.py).
if env.str("DATABASE_REPLICA_URL", ""):
    DATABASES["replica"] = env.db("DATABASE_REPLICA_URL") | {
        name: DATABASES["default"][name] for name in ("ENGINE", "CONN_MAX_AGE", "CONN_HEALTH_CHECKS")
    }
    addresses.complete_database(
        DATABASES["replica"], is_pooled=DATABASES["default"].get("DISABLE_SERVER_SIDE_CURSORS", False)
    )
REPLICA_MAX_AGE = env.float("REPLICA_MAX_AGE", 5)
DATABASE_ROUTERS = ["database.replica.Router"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "accounts.User"

# One Redis-protocol server, three databases: the base address is given, the numbers are ours.
REDIS_URL = env.str("REDIS_URL", "")
_redis = addresses.Redis(REDIS_URL)


def _redis_for(given: str, number: int) -> str:
    """Our database of that number; on a server of its own where one is named for what it keeps."""
    return addresses.Redis(given or REDIS_URL).database(number)


_prefix = {"KEY_PREFIX": env.str("CACHE_PREFIX", "orderly")}
# Seconds that an answer may take. Limits only help, so they are soon given up; a preview is worth some waiting.
CACHES = {
    "default": _prefix
    | {
        "BACKEND": "config.cache.Helpful",
        "LOCATION": _redis_for(env.str("CACHE_URL", ""), 1),
        "OPTIONS": {"name": "the cache", "seconds": 0.25},
    },
    "previews": _prefix
    | {
        "BACKEND": "config.cache.Needed",
        "LOCATION": _redis_for(env.str("PREVIEWS_URL", ""), 1),
        "OPTIONS": {"name": "the cache of previews", "seconds": 1.0},
    },
}
# Where processes tell each other that something happened (orders/events/hints.py): Redis Pub/Sub, which knows no databases.
HINTS_URL = _redis_for(env.str("HINTS_URL", ""), 2)
_channels = env.str("CHANNEL_PREFIX", "orderly")
HINTS_CHANNEL = f"{_channels}.hints"
# Where workers are told to begin a round, which the browsers need not hear.
WAKEUPS_CHANNEL = f"{_channels}.wakeups"

_broker_url, _broker_options = _redis.broker(3)
if given_broker := env.str("CELERY_BROKER_URL", ""):
    _broker_url, _broker_options = given_broker, {}
CELERY_BROKER_URL = _broker_url
CELERY_TASK_IGNORE_RESULT = True
# A task is taken from the broker when it begins: should its worker die, the row is still there, and the sweep finds it.
CELERY_TASK_ACKS_LATE = False
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
# After a reconnect Celery would take fewer tasks for a while, and counts them up again from a thread that reads what the
# main thread is reading: with RabbitMQ half of the workers were deaf then.
CELERY_WORKER_ENABLE_PREFETCH_COUNT_REDUCTION = False
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_BROKER_CONNECTION_TIMEOUT = 2
# No `socket_timeout`: an answer that does not come in time makes kombu forget that a task was done with, and after as many
# of those as it takes tasks at once, a worker takes no more. Whoever waits for the broker has nothing else to do.
_is_rabbitmq = CELERY_BROKER_URL.startswith("amqp")
CELERY_BROKER_TRANSPORT_OPTIONS = (
    {}
    if _is_rabbitmq
    else {
        "visibility_timeout": 600,
        "socket_connect_timeout": 2,
        "socket_keepalive": True,
        **_broker_options,
    }
)
CELERY_TASK_DEFAULT_QUEUE = env.str("CELERY_QUEUE", "orderly")
# RabbitMQ's kind of queue: `quorum` keeps it on several nodes. Such a queue refuses the prefetch of a whole channel, and
# Celery, which sees that, sets each consumer's instead.
CELERY_TASK_DEFAULT_QUEUE_TYPE = env.str("CELERY_QUEUE_TYPE", "classic")
if CELERY_TASK_DEFAULT_QUEUE_TYPE not in ("classic", "quorum"):
    raise ImproperlyConfigured("CELERY_QUEUE_TYPE is classic or quorum.")
