"""When what is ordered is delivered: worked out once, when a preview is made, and kept with the order.

Days are working days, Monday to Friday, in the shop's time zone: those that the shop takes to hand an order over
(HANDLING_DAYS), and then those of the price table.
"""

from datetime import date, timedelta

from django.conf import settings
from django.utils import timezone

FRIDAY = 5


def promised(*, min_days: int, max_days: int, day: date | None = None) -> tuple[date, date]:
    """The first and the last day on which it comes, of what is ordered today unless another day is given."""
    handed_over = working_day(day or timezone.localdate(), settings.HANDLING_DAYS)
    return working_day(handed_over, min_days), working_day(handed_over, max_days)


def working_day(day: date, days: int) -> date:
    """So many working days after a day; after none it is the day itself, or the next that is one."""
    while True:
        while day.isoweekday() > FRIDAY:
            day += timedelta(days=1)
        if not days:
            return day
        day += timedelta(days=1)
        days -= 1
