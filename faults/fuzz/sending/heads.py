"""Methods, kinds of bodies, and headers, each right for some server and wrong for others."""

from faults.fuzz.sending.words import ORD, ZEROS

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "BREW", "get", "PROPFIND")
KINDS = (
    *(
        "application/json",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=b",
        "text/plain",
        "",
    ),
    *(
        "application/json; charset=utf-16",
        "application/json; charset=nonsense",
        "application/json;;;=",
        "*/*",
    ),
    *(
        "multipart/form-data",
        "multipart/form-data; boundary=",
        "multipart/form-data; boundary=ä",
        "text/html; charset=\x00",
    ),
    *(
        "application/x-www-form-urlencoded; charset=utf-7",
        "application/x-www-form-urlencoded; charset=rot13",
        "a" * 3000,
    ),
)
HEADERS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        "Accept-Language",
        ("vi", "*", "x" * 600, "en;q=NaN", "en;q=9,vi;q=-1", "\xff\xfe", "de,,,;", "zh-Hant-\0"),
    ),
    (
        "Accept",
        ("text/html", "application/xml", "*/*;q=0", "application/json;indent=99999", "\xff", "a/b/c", ";;"),
    ),
    ("Accept-Encoding", ("gzip;q=0", "br, gzip, *;q=NaN", "identity;q=0", "x" * 900)),
    ("If-Match", ("*", '"abc"', 'W/"1"', '"' + "x" * 3000 + '"', '"\xe9"', '"1", "2", ', "")),
    ("If-None-Match", ("*", '"abc"', 'W/"', '"' * 200)),
    (
        "If-Modified-Since",
        ("yesterday", "Thu, 99 Foo 10000 99:99:99 GMT", "Sun, 06 Nov 1994 08:49:37 GMT", "\xff"),
    ),
    ("Idempotency-Key", ("", "one", "two", "x" * 300, "\xff\xfe", "a b", '"quoted"', ZEROS)),
    (
        "Range",
        (
            "bytes=0-",
            "bytes=9-2",
            "bytes=-99999999999",
            "bytes=0-0,2-2,4-",
            "bytes=" + "1-2," * 400,
            "lines=1",
        ),
    ),
    (
        "Cookie",
        (
            "sessionid=",
            "csrftoken=x; csrftoken=y",
            "a" * 4000,
            "sessionid=\xff; =; ;;",
            'messages="\\054"',
            "cart=[]",
        ),
    ),
    ("X-Request-ID", ("", "a b", "x" * 500, "\xff", "<b>", "fuzz")),
    ("X-Forwarded-For", ("1.2.3.4", "not an address", "::ffff:1.2.3.4%eth0", ",,,", "9" * 2000)),
    ("X-Forwarded-Proto", ("https", "gopher", "")),
    ("X-HTTP-Method-Override", ("DELETE", "PATCH")),
    ("X-Requested-With", ("XMLHttpRequest", "\xff")),
    ("Origin", ("null", "http://[::1", "http://example.invalid", "\xff", "")),
    ("Referer", ("http://[::1", "http://example.invalid/", "/" * 2000, "\xff")),
    (
        "Authorization",
        ("Bearer", f"Bearer {ORD}", "Bearer \xff", "Basic !!!", "Basic " + "QQ" * 900, "Bearer a b c", "x"),
    ),
    ("X-Session-Token", ("", "a" * 32, "\xff", "x" * 900, "a\tb")),
    ("X-Email-Verification-Key", ("x", "\xff", "a:b:c")),
    ("X-Password-Reset-Key", ("x", "1-2-3", "\xff")),
    ("Content-Encoding", ("gzip", "deflate", "br", "identity, gzip")),
    ("Expect", ("100-continue", "200-ok")),
    (
        "Host",
        ("127.0.0.1", "localhost:1", "LOCALHOST", "localhost.", "[::1]:80", "example.invalid", "a b", ""),
    ),
    ("Connection", ("keep-alive, Upgrade", "x" * 500)),
    ("Upgrade", ("h2c", "websocket")),
    ("Content-Language", ("xx",)),
    ("HX-Request", ("true",)),
)
