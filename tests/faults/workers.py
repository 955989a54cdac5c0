"""A shop's worker with other settings, among them a place where it dies."""

from tests.processes import Shop


def restart_worker(shop: Shop, **environment: str) -> None:
    """Start the worker, which has ended, with these variables besides the shop's own."""
    worker = shop.children["worker"]
    worker.environment = shop.environment | environment
    shop.start_one("worker")


def dying_at(point: str) -> dict[str, str]:
    """The environment of a worker that dies at this place; no shop has such settings."""
    return {"DJANGO_SETTINGS_MODULE": "tests.settings", "FAULT_POINT": point}
