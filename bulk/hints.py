"""Asks the workers to take a job up; how that is done is known to a room above, which says it here."""

from collections.abc import Callable

_enqueue: Callable[..., None] | None = None


def use(enqueue: Callable[..., None]) -> None:
    """After commit, `enqueue(task, *args)` asks a worker to run a task by its name."""
    global _enqueue  # noqa: PLW0603 said once, when the apps are ready
    _enqueue = enqueue


def ask(task: str, job_id: int) -> None:
    """After commit, a hint that may get lost: the sweep finds the job too."""
    if _enqueue is not None:
        _enqueue(task, str(job_id))
