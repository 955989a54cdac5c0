"""Pytest plugin (see addopts): Python looks for garbage seldom, and never among what stays for the whole run.

Modules, models, admin pages and some thousand collected tests are a heap of hundreds of megabytes. To walk through it every
so many objects took a seventh of a run.
"""

import gc

import pytest

gc.set_threshold(50_000, 20, 20)


@pytest.hookimpl(trylast=True)
def pytest_collection_finish() -> None:
    gc.freeze()
