"""The shop's settings as tests use them: no files served, quick hashes, and a place where a process dies.

A running shop of the tests has config.settings, as any other; only a worker that is to die has these.
"""

from tempfile import gettempdir

from config.runtime.prepare import compile_translations
from config.settings import *  # noqa: F403 whatever is not said here is as it is in production
from config.settings import CELERY_BROKER_TRANSPORT_OPTIONS, DATABASES, MIDDLEWARE, STATIC_ROOT, STORAGES, env

# Before Django reads the catalogue of its own language.
compile_translations()

# The place where the process dies as if by kill -9 (orders/faults.py), of a worker that a test gives this name.
FAULT_POINT = env.str("FAULT_POINT", "")

# Seconds that somebody who waits for the broker waits, of a shop that a test gives them.
if patience := env.int("BROKER_PATIENCE", 0):
    CELERY_BROKER_CONNECTION_TIMEOUT = patience
    CELERY_BROKER_TRANSPORT_OPTIONS = CELERY_BROKER_TRANSPORT_OPTIONS | {
        "socket_connect_timeout": patience,
    }

# The shop's own folder is made by a web process.
FILE_UPLOAD_TEMP_DIR = gettempdir()

# What the databases of the tests are copies of (tests/databases.py).
DATABASES["default"]["TEST"] = {"TEMPLATE": f"orderly_template_{env.str('TEST_RUN', '')}"}

# Hashing is slow on purpose, and tests make customers by the thousand. A running shop knows these hashes too.
PASSWORD_HASHERS = ["tests.quick_hasher.QuickHasher"]

# It reads all static files for each client that a test makes. Running shops serve them: tests/journeys/test_static_files.py.
MIDDLEWARE = [name for name in MIDDLEWARE if not name.startswith("whitenoise.")]
# A file that is not there is an error as with WhiteNoise's own; they are only not packed.
STORAGES = STORAGES | {
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"}
}
STATIC_ROOT = STATIC_ROOT.with_name("static-of-tests")

# The first email of an order is due at once; tests/orders/emails/test_together.py has it wait.
RECEIVED_EMAIL_AFTER = 0
