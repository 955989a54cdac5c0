"""Faults in which a server lives and does not do its work are what they are called, and over when they are over."""

import random
import socket
import time
from contextlib import closing

import psycopg
import psycopg.sql
import pytest
from django.db import connection
from redis import Redis
from redis.exceptions import RedisError

from config.runtime.embedded import Valkey
from faults.injection.servers import TABLES, cut_lines, deadlocks, locked_table, struck
from faults.parties.proxy import SilentLine, slow_line
from tests.databases import address_of
from tests.factories import make_product


@pytest.fixture
def database_url(db):
    return address_of(connection.settings_dict["NAME"])


@pytest.mark.parametrize("nth", range(len(TABLES)))
def test_nobody_reads_a_locked_table_until_the_lock_is_over(database_url, nth):
    with psycopg.connect(database_url, autocommit=True) as reader:
        reader.execute("SET lock_timeout = '50ms'")
        with locked_table(database_url, nth / len(TABLES)) as table:
            assert table == TABLES[nth]
            reading = psycopg.sql.SQL("SELECT 1 FROM {}").format(psycopg.sql.Identifier(table))
            with pytest.raises(psycopg.errors.LockNotAvailable):
                reader.execute(reading)
        reader.execute(reading)


def test_a_statement_is_canceled_and_a_session_ended(database_url):
    for how, error in (("cancel", psycopg.errors.QueryCanceled), ("terminate", psycopg.errors.AdminShutdown)):
        with (
            psycopg.connect(database_url, autocommit=True) as busy,
            struck(database_url, how, 0.5),
            pytest.raises(error),
        ):
            busy.execute("SELECT pg_sleep(30)")


@pytest.mark.django_db(transaction=True)
def test_who_locks_products_in_their_order_loses_against_one_who_does_not(database_url):
    first, second = (make_product(stock=1, sku=f"PLENTY-{nth}") for nth in range(2))
    with deadlocks(database_url), psycopg.connect(database_url) as ours:

        def lock_in_order() -> None:
            for _time in range(100):
                for product in (first, second):
                    ours.execute("SELECT 1 FROM catalog_product WHERE id = %s FOR UPDATE", [product.pk])
                    time.sleep(0.05)
                ours.rollback()

        with pytest.raises(psycopg.errors.DeadlockDetected):
            lock_in_order()


def test_a_slow_line_carries_and_is_gone_afterwards(tmp_path):
    path = tmp_path / "line.sock"
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
        server.listen()
        with slow_line(path, random.Random(1)) as line:
            with socket.socket(socket.AF_UNIX) as client:
                client.connect(str(path))
                client.sendall(b"hello")
                carried, _ = server.accept()
                assert carried.recv(16) in (b"hello", b"he")
            assert line.carried in (0, 5)
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(str(path))
            server.accept()[0].close()


def test_a_silent_line_takes_connections_and_passes_on_later_what_it_was_given(tmp_path):
    path, behind = tmp_path / "line.sock", tmp_path / "server.sock"
    with closing(SilentLine(path, lambda: behind)) as line, socket.socket(socket.AF_UNIX) as early:
        early.connect(str(path))
        assert early.recv(16) == b"", "nobody is behind it yet"
        with (
            socket.create_server(str(behind), family=socket.AF_UNIX) as server,
            socket.socket(socket.AF_UNIX) as client,
        ):
            line.talks.clear()
            client.connect(str(path))
            client.sendall(b"hello")
            carried, _ = server.accept()
            carried.settimeout(0.1)
            with pytest.raises(TimeoutError):
                carried.recv(16)
            line.talks.set()
            carried.settimeout(10)
            assert carried.recv(16) == b"hello"
            carried.close()


@pytest.mark.live
def test_cut_lines_end_what_is_open(tmp_path):
    valkey = Valkey(tmp_path, tmp_path, tmp_path)
    valkey.start()
    try:
        with Redis.from_url(valkey.url) as redis, redis.pubsub() as heard:
            heard.subscribe("anything")
            heard.get_message(timeout=1)

            cut_lines(valkey.url)

            with pytest.raises(RedisError):
                heard.connection.read_response()
    finally:
        valkey.stop()
