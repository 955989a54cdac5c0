"""What a page may load and run: strict on the storefront, and as strict as the desk's packages allow below /admin/."""

import pytest

HEADER = "Content-Security-Policy"


def policy(response) -> dict[str, str]:
    parts = [part.strip().partition(" ") for part in response.headers[HEADER].split(";") if part.strip()]
    return {name: value for name, _space, value in parts}


@pytest.mark.parametrize("path", ["/", "/products/", "/accounts/login/", "/nowhere/", "/administration/"])
def test_the_storefront_runs_nothing_but_its_own_files(client, db, path):
    given = policy(client.get(path))
    assert given["default-src"] == "'self'"
    assert "script-src" not in given and "style-src-attr" not in given
    assert "unsafe" not in " ".join(given.values())


@pytest.mark.parametrize("path", ["/admin/", "/admin/login/", "/admin/nowhere/"])
def test_the_desk_may_do_no_more_than_it_needs(client, db, path):
    given = policy(client.get(path))
    assert given["default-src"] == "'self'" and "style-src" not in given
    assert given["script-src"] == "'self' 'unsafe-eval'"
    assert given["style-src-attr"] == "'unsafe-inline'"
    assert given["frame-ancestors"] == given["object-src"] == "'none'"
