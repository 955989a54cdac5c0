"""Who came by the link in an email hears that order live, until the link ends."""

import asyncio
from datetime import timedelta

import pytest
from django.conf import settings as django_settings
from django.test import Client as Browser
from django.utils import timezone

from accounts.access.devices import end_links
from accounts.models import User
from orders.links import make_link
from orders.live import access
from orders.live.codes import NOT_FOUND, NOT_SIGNED_IN
from orders.live.consumers import OrdersConsumer, OrderStatusConsumer
from tests.factories import cancel, make_product, make_user
from tests.journeys.client import new_session
from tests.orders.live.client import Client, in_thread
from tests.orders.live.test_access import looked_at


def session_by_link(order) -> str:
    browser = Browser()
    browser.get(f"/orders/link/{make_link(order)}/")
    return browser.session.session_key


def listening(order, session: str, *, kind=OrderStatusConsumer, origin: str = "http://shop") -> Client:
    client = Client(kind, "", order_id=order.pk)
    client.scope["cookies"] = {django_settings.SESSION_COOKIE_NAME: session}
    client.scope["headers"] += [(b"origin", origin.encode()), (b"host", b"shop")]
    return client


async def test_the_order_is_heard_live(hub, buyer_order):
    session = await in_thread(session_by_link, buyer_order)
    async with listening(buyer_order, session) as client:
        assert (await client.next())["status"] == "pay_required"
        await in_thread(cancel, buyer_order)
        await client.until("canceled")


async def test_no_other_order_is_heard_nor_all_of_the_customers(hub, buyer, buyer_order):
    other = await in_thread(lambda: buyer.place((make_product(stock=1), 1)))
    session = await in_thread(session_by_link, other)
    async with listening(buyer_order, session) as client:
        assert await client.closed() == NOT_SIGNED_IN
    async with listening(other, session, kind=OrdersConsumer) as client:
        assert await client.closed() == NOT_SIGNED_IN


async def test_who_is_signed_in_as_somebody_else_hears_it_by_the_link_alone(hub, buyer_order):
    user = await in_thread(make_user)
    session = await in_thread(new_session, user)
    async with listening(buyer_order, session) as client:
        assert await client.closed() == NOT_FOUND


async def test_a_page_of_another_site_hears_nothing(hub, buyer_order):
    session = await in_thread(session_by_link, buyer_order)
    async with listening(buyer_order, session, origin="http://evil.example") as client:
        assert await client.closed() == NOT_SIGNED_IN


async def test_a_link_that_its_customer_ends_ends_the_socket_at_once(hub, buyer_order):
    session = await in_thread(session_by_link, buyer_order)
    async with listening(buyer_order, session) as client:
        await client.next()
        await in_thread(lambda: end_links(User.objects.get(pk=buyer_order.customer_id)))

        assert await client.closed() == NOT_SIGNED_IN


async def test_a_link_whose_time_is_over_ends_the_socket_at_the_next_look(
    hub, buyer_order, settings, monkeypatch
):
    session = await in_thread(session_by_link, buyer_order)
    async with listening(buyer_order, session) as client:
        await client.next()
        hub.look_at_everything()
        await looked_at(hub)
        settings.ORDER_LINK_DAYS = -1
        later = timezone.now() + timedelta(days=61)
        monkeypatch.setattr(access.timezone, "now", lambda: later)
        hub.look_at_everything()

        assert await asyncio.wait_for(client.closed(), 10) == NOT_SIGNED_IN


@pytest.mark.parametrize("token", ["", "x" * 32])
async def test_without_a_session_nothing_is_heard(hub, buyer_order, token):
    async with listening(buyer_order, token) as client:
        assert await client.closed() == NOT_SIGNED_IN
