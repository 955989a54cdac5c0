"""What browsers may keep of a running shop, and for how long."""

import re
import urllib.request

YEAR = 365 * 24 * 3600


def fetched(url: str) -> dict[str, str]:
    request = urllib.request.Request(url, headers={"Accept-Encoding": "gzip"})
    with urllib.request.urlopen(request) as answer:
        answer.read()
        return {name.lower(): value for name, value in answer.headers.items()}


def max_age(headers: dict[str, str]) -> int:
    return int(re.search(r"max-age=(\d+)", headers["cache-control"])[1])


def test_scripts_and_styles_are_hashed_packed_and_kept_for_a_year(shop):
    with urllib.request.urlopen(f"{shop.url}/products/") as page:
        html = page.read().decode()
    files = re.findall(r'(?:src|href)="(/static/[^"]+\.(?:js|css))"', html)
    assert len(files) >= 3
    for path in files:
        headers = fetched(shop.url + path)
        assert re.search(r"\.[0-9a-f]{12}\.(js|css)$", path)
        assert max_age(headers) >= YEAR and "immutable" in headers["cache-control"]
        assert headers["content-encoding"] == "gzip"
        assert headers["x-content-type-options"] == "nosniff"
