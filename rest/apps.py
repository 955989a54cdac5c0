"""Django's registration of the app."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


@contextmanager
def without(*packages: str) -> Iterator[None]:
    """What is imported inside does without these, as where they are not installed."""
    hidden = set(packages) - sys.modules.keys()
    sys.modules |= dict.fromkeys(hidden)  # type: ignore[arg-type]  # None is what keeps a module from being imported
    try:
        yield
    finally:
        for name in hidden:
            del sys.modules[name]


# For a client of tests and to colour code, which no process of a shop does: 5 MiB in each.
with without("requests", "pygments"):
    import rest_framework.compat  # noqa: F401 each module of DRF takes from it what there is


class RestConfig(AppConfig):
    name = "rest"
    verbose_name = _("API")
