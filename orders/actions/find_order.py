"""Sending the link of an order to who has lost it: by its number and the address that it was bought with.

Whoever asks learns nothing: the answer is always the same, and an email goes to the address in any case, as otherwise the
time that it takes would tell which orders there are.
"""

from datetime import timedelta

from django.conf import settings
from django.template.loader import render_to_string

from accounts.asks import AskKind
from accounts.codes.asking import TooManyAsked, TooManyOfNetwork, ask
from orders.emails.messages import Words, address_of_link
from orders.emails.queue import write_account_email
from orders.models import Order

# No sequence has come so far.
MAX_NUMBER = 2**63 - 1


def send_link(*, number: int, email: str, caller: str | None) -> None:
    """Owe the address an email with the link to the order with that number, if it is its customer's.

    Raises TooManyOfNetwork. An address that was written to often enough gets no more, of which nobody is told.
    """
    email = email.strip().lower()
    try:
        ask(kind=AskKind.ORDER_LINK, email=email, caller=caller)
    except TooManyOfNetwork:
        raise
    except TooManyAsked:
        return
    found = Order.objects.select_related("customer").filter(number=min(number, MAX_NUMBER)).first()
    is_theirs = found is not None and found.customer.is_active and found.customer.email == email
    order = found if is_theirs else None
    write_account_email(
        user=order.customer if order else None,
        to=email,
        words=_words(order, number),
        valid_for=timedelta(days=settings.ORDER_LINK_DAYS),
    )


def _words(order: Order | None, number: int) -> Words:
    about = {
        "order": order,
        "number": number,
        "link": address_of_link(order) if order else "",
        "days": settings.ORDER_LINK_DAYS,
        "shop": settings.SHOP_NAME,
        "contact": settings.SHOP_EMAIL,
    }
    text = render_to_string("orders/order_link.txt", about).strip()
    subject, _newline, says = text.partition("\n")
    return Words(subject, says.strip() + "\n")
