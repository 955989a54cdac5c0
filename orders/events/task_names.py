"""The names that tasks go by at the broker: a caller needs its name alone (orders/tasks.py has the tasks)."""

from enum import StrEnum


class Task(StrEnum):
    """One name for each task; they are part of what a running shop's workers have agreed upon, so they stay."""

    CONFIRM = "orders.confirm"
    REFUND = "orders.refund"
    ACT_ON_EVENT = "orders.act_on_event"
    SEND_EMAIL = "orders.send_mail"
    SEND_EMAILS = "orders.send_mails"
    SEND_WEBHOOKS = "orders.send_webhooks"
    SWEEP = "orders.sweep"
