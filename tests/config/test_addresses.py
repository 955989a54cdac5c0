"""The forms that addresses of PostgreSQL and Redis have, and what becomes of them."""

import pytest
from django.core.exceptions import ImproperlyConfigured
from kombu import Connection

from config.addresses import Redis, complete_database
from rest.redis_client import pool_of


@pytest.mark.parametrize(
    ("given", "second", "broker"),
    [
        ("redis://h", "redis://h/2", "redis://h/3"),
        ("redis://h:6379/", "redis://h:6379/2", "redis://h:6379/3"),
        ("redis://h:6379/0", "redis://h:6379/2", "redis://h:6379/3"),
        ("redis://u:p%40w@h:6379/5", "redis://u:p%40w@h:6379/7", "redis://u:p%40w@h:6379/8"),
        ("unix:///run/r.sock", "unix:///run/r.sock?db=2", "redis+socket:///run/r.sock?virtual_host=3"),
        ("unix:///run/r.sock?db=4", "unix:///run/r.sock?db=6", "redis+socket:///run/r.sock?virtual_host=7"),
        (
            "rediss://h?ssl_ca_certs=%2Fca.pem",
            "rediss://h/2?ssl_ca_certs=%2Fca.pem",
            "rediss://h/3?ssl_cert_reqs=required&ssl_ca_certs=%2Fca.pem",
        ),
        (
            "sentinel://:pw@a:26379,b/shop",
            "sentinel://:pw@a:26379,b/shop/2",
            "sentinel://:pw@a:26379/3;sentinel://:pw@b:26379/3",
        ),
        (
            "sentinel://a/shop/5",
            "sentinel://a/shop/7",
            "sentinel://a:26379/8",
        ),
    ],
)
def test_each_form_of_a_redis_address_leads_to_our_databases(given, second, broker):
    redis = Redis(given)
    assert redis.database(2) == second
    assert redis.broker(3)[0] == broker
    number = second.partition("?db=")[2] or second.partition("?")[0].rpartition("/")[2]
    assert pool_of(second).connection_kwargs["db"] == int(number)
    assert Connection(broker.partition(";")[0]).transport_cls


@pytest.mark.parametrize(
    "given", ["", "http://h", "redis://h/x", "sentinel://a:26379", "sentinel://a/shop/x"]
)
def test_what_is_no_address_is_said_in_a_sentence(given):
    with pytest.raises(ImproperlyConfigured, match="REDIS_URL must name a Redis server"):
        Redis(given)


def test_the_broker_is_told_what_the_sentinels_call_the_master():
    assert Redis("sentinel://a,b/shop").broker(3)[1] == {"master_name": "shop"}
    assert Redis("redis://a").broker(3)[1] == {}


def test_a_pool_in_front_of_the_database_is_sent_no_options_and_no_cursors():
    pooled, direct = ({"OPTIONS": {"host": "/run", "sslmode": "require"}} for _each in range(2))
    complete_database(pooled, is_pooled=True)
    complete_database(direct, is_pooled=False)
    assert pooled["HOST"] == direct["HOST"] == "/run"
    assert "options" not in pooled["OPTIONS"]
    assert pooled["DISABLE_SERVER_SIDE_CURSORS"]
    assert "-c statement_timeout=30000" in direct["OPTIONS"]["options"]
    assert "DISABLE_SERVER_SIDE_CURSORS" not in direct
