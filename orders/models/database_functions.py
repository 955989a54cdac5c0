"""What the database works out of an order."""

from django.db import models


class NextOrderNumber(models.Func):
    """The next value of the sequence that short order numbers come from."""

    template = "nextval('orders_order_number_seq')"
    arity = 0
    output_field = models.BigIntegerField()


class PhoneEnd(models.Func):
    """The last nine digits of the phone in the address: the same with and without a country's prefix."""

    template = "right(regexp_replace((address_snapshot ->> 'phone'), '[^0-9]', '', 'g'), 9)"
    arity = 0
    output_field = models.CharField()
