"""A shop whose address is https sends on what comes without it, where a proxy says how it came."""

import os
import subprocess
import sys

import pytest

# The icon's address needs no database, and answers with where the icon is.
ASK = """
import django; django.setup()
from django.test import Client
answer = Client().get("/favicon.ico", **{headers})
print(answer.status_code, answer["Location"])
"""
PROXIED = {"PUBLIC_URL": "https://shop.example", "BEHIND_PROXY": "1", "DEMO": "0"}
THERE = "302 /static/shop/favicon"


@pytest.mark.live
@pytest.mark.parametrize(
    ("given", "scheme", "expected"),
    [
        (PROXIED, "http", "301 https://shop.example/favicon.ico"),
        (PROXIED | {"ALLOWED_HOSTS": "shop.example,made.up"}, "http", "301 https://shop.example/favicon.ico"),
        (PROXIED, "https", THERE),
        (PROXIED | {"BEHIND_PROXY": "0"}, "http", THERE),
        (PROXIED | {"PUBLIC_URL": "http://shop.example"}, "http", THERE),
    ],
)
def test_plain_http_is_sent_on_where_it_can_be_told_apart(given, scheme, expected):
    headers = {"HTTP_HOST": "shop.example", "HTTP_X_FORWARDED_PROTO": scheme}
    environment = os.environ | given | {"DJANGO_SETTINGS_MODULE": "config.settings", "DEBUG": "1"}
    code = ASK.replace("{headers}", repr(headers))
    run = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    assert run.stdout.startswith(expected)
