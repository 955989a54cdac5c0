"""Whoever may not listen any more is sent away: at once where a hint tells, and at the next look where none does."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import Group, Permission
from django.contrib.sessions.models import Session
from django.db import OperationalError
from django.utils import timezone

from accounts.access.keys import make_key, revoke_key
from accounts.models import ApiKey, User
from orders.live import hub as hubs
from orders.live import news
from orders.live.codes import NO_SECOND_FACTOR, NOT_FOUND, NOT_SIGNED_IN
from orders.live.consumers import OrdersConsumer, OrderStatusConsumer
from orders.status import OrderStatus
from rest.scopes import Scope
from tests.factories import cancel, staff_of
from tests.journeys.client import new_session
from tests.orders.live.client import Client, in_thread
from tests.second_factor import set_up

S = OrderStatus


@dataclass
class Clerk:
    """A member of staff who watches a customer's order, in a session and with a key."""

    user: User
    token: str
    key: ApiKey
    secret: str


@pytest.fixture
def clerk():
    user = staff_of("support")
    new = make_key(user=user, name="a till", scope=Scope.READ)
    return Clerk(user, new_session(user), new.key, new.secret)


@dataclass
class Loss:
    """Something that is taken away; told by a signal in the first way, and by none in the second."""

    told: Callable[[Clerk], object]
    untold: Callable[[Clerk], object]
    code: int
    by_key: bool = False


def group_without_rights(_clerk: Clerk) -> None:
    Group.objects.get(name="Support").permissions.remove(Permission.objects.get(codename="view_order"))


def rights_gone(_clerk: Clerk) -> None:
    Group.permissions.through.objects.all().delete()


def set_password(clerk: Clerk) -> None:
    clerk.user.set_password("another one, and a long one")
    clerk.user.save()


def password_replaced(clerk: Clerk) -> None:
    clerk.user.set_password("another one, and a long one")
    User.objects.filter(pk=clerk.user.pk).update(password=clerk.user.password)


def switch_off(clerk: Clerk) -> None:
    clerk.user.is_active = False
    clerk.user.save(update_fields=["is_active"])


def users(**values: object) -> Callable[[Clerk], object]:
    return lambda clerk: User.objects.filter(pk=clerk.user.pk).update(**values)


def keys(**values: object) -> Callable[[Clerk], object]:
    return lambda clerk: ApiKey.objects.filter(pk=clerk.key.pk).update(**values)


def leave_staff(clerk: Clerk) -> None:
    clerk.user.is_staff = False
    clerk.user.save()


PAST = timezone.now() - timedelta(days=1)
LOSSES = {
    "the session": Loss(
        lambda clerk: Session.objects.get(pk=clerk.token).delete(),
        lambda clerk: Session.objects.filter(pk=clerk.token).update(expire_date=PAST),
        NOT_SIGNED_IN,
    ),
    "the password": Loss(set_password, password_replaced, NOT_SIGNED_IN),
    "the account": Loss(switch_off, users(is_active=False), NOT_SIGNED_IN),
    "the key": Loss(
        lambda clerk: revoke_key(user=clerk.user, key_id=clerk.key.pk),
        keys(expires_at=PAST),
        NOT_SIGNED_IN,
        by_key=True,
    ),
    "being staff": Loss(leave_staff, users(is_staff=False), NOT_FOUND),
    "the group": Loss(
        lambda clerk: clerk.user.groups.clear(),
        lambda clerk: User.groups.through.objects.filter(user=clerk.user).delete(),
        NOT_FOUND,
    ),
    "the group's right": Loss(group_without_rights, rights_gone, NOT_FOUND),
    "the group itself": Loss(
        lambda _clerk: Group.objects.get(name="Support").delete(), rights_gone, NOT_FOUND, by_key=True
    ),
}


def watching(clerk: Clerk, order, *, by_key: bool) -> Client:
    token, key = ("", clerk.secret) if by_key else (clerk.token, "")
    return Client(OrderStatusConsumer, token, key=key, order_id=order.pk)


@pytest.mark.parametrize("loss", LOSSES.values(), ids=LOSSES)
async def test_what_is_taken_away_ends_the_socket_at_once(hub, clerk, buyer_order, loss):
    async with watching(clerk, buyer_order, by_key=loss.by_key) as client:
        await client.next()
        await in_thread(loss.told, clerk)

        assert await client.closed() == loss.code


@pytest.mark.parametrize("loss", LOSSES.values(), ids=LOSSES)
async def test_without_a_hint_the_next_look_ends_it_also_after_looks_that_failed(
    clerk, buyer_order, loss, settings, monkeypatch
):
    settings.LIVE_RECHECK = 0.3
    settings.HINTS_URL = "unix:///nowhere/valkey.sock"
    monkeypatch.setattr(hubs, "FIRST_PAUSE", 0.05)
    hub = hubs.hub()
    async with watching(clerk, buyer_order, by_key=loss.by_key) as client:
        await client.next()
        await looked_at(hub)
        failed = asyncio.Event()

        def away(_listeners) -> None:
            hub.loop.call_soon_threadsafe(failed.set)
            raise OperationalError("the database system is starting up")

        with monkeypatch.context() as patch:
            patch.setattr("orders.live.access.look", away)
            await in_thread(loss.untold, clerk)
            await failed.wait()

        assert await client.closed() == loss.code
    hub.stop()


async def looked_at(hub) -> None:
    for _ in range(500):
        if all(listener.version for listener in hub.listeners):
            return
        await asyncio.sleep(0.02)
    raise AssertionError("nobody looked")


async def test_staff_who_lose_the_right_to_all_orders_hear_their_own_alone(hub, clerk, buyer_order):
    async with Client(OrdersConsumer, clerk.token) as client:
        await client.next()
        (listener,) = hub.listeners
        assert news.ALL in listener.placed

        await in_thread(clerk.user.groups.clear)
        for _ in range(500):
            if news.ALL not in listener.placed:
                break
            await asyncio.sleep(0.02)
        await in_thread(cancel, buyer_order)
        await asyncio.sleep(0.3)

        assert client.heard.empty()


async def test_the_second_factor_taken_away_ends_what_staff_have_open(hub, clerk, buyer_order, settings):
    await in_thread(set_up, clerk.user)
    settings.STAFF_MFA_REQUIRED = True
    async with watching(clerk, buyer_order, by_key=True) as client:
        await client.next()
        await in_thread(lambda: Authenticator.objects.get(user=clerk.user).delete())

        assert await client.closed() == NO_SECOND_FACTOR


async def test_a_look_at_nothing_new_judges_nobody(hub, clerk, buyer_order, monkeypatch):
    async with watching(clerk, buyer_order, by_key=False) as client:
        await client.next()
        hub.look_at_everything()
        await looked_at(hub)
        judged = []
        monkeypatch.setattr(OrderStatusConsumer, "judge", judged.append)
        hub.look_at_everything()
        await asyncio.sleep(0.5)

        assert judged == []
