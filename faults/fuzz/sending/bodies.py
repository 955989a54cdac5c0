"""Bodies that are a little or very wrong: JSON, forms, and forms with files."""

import copy
import gzip
import io
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from random import Random
from typing import Any, NamedTuple

from faults.fuzz.sending import heads, odd

BOUNDARY = "fuzz-boundary"
Fields = list[tuple[str, str]]


class Body(NamedTuple):
    content: bytes
    kind: str


class File(NamedTuple):
    """What is chosen in a field for files."""

    name: str
    content: bytes
    kind: str = "application/octet-stream"


# --- JSON ----------------------------------------------------------------------------------------------------------
def bent_json(chance: Random, given: Any) -> Any:
    """Some of its places are something else, missing, doubled or new."""
    root = [copy.deepcopy(given)]
    for _nth in range(chance.choice((0, 1, 1, 1, 2, 3))):
        if not root:
            break
        place, key = chance.choice(list(_below(root[0])) or [(root, 0)])
        if chance.random() < 0.06:
            place, key = root, 0
        chance.choice((_replace, _replace, _replace, _bend, _drop, _wrap, _repeat, _rename, _add))(
            chance, place, key
        )
    return root[0] if root else []


def _below(node: Any) -> Iterator[tuple[Any, Any]]:
    """Each container in it, with each of its keys."""
    keys: Sequence[Any] = (
        list(node) if isinstance(node, dict) else range(len(node)) if isinstance(node, list) else ()
    )
    for key in keys:
        yield node, key
        yield from _below(node[key])


def _replace(chance: Random, place: Any, key: Any) -> None:
    place[key] = odd.member(chance)


def _bend(chance: Random, place: Any, key: Any) -> None:
    value = place[key]
    if isinstance(value, str):
        place[key] = odd.bent(chance, value)
    elif isinstance(value, bool | int | float):
        place[key] = chance.choice((str(value), -value, value + 1, value * 10**12, value // 3, [value]))
    else:
        place[key] = str(value)[:500]


def _drop(_chance: Random, place: Any, key: Any) -> None:
    del place[key]


def _wrap(chance: Random, place: Any, key: Any) -> None:
    place[key] = chance.choice(([place[key]], {"value": place[key]}, [[place[key]]]))


def _repeat(chance: Random, place: Any, key: Any) -> None:
    times = chance.choice((2, 2, 60, 400))
    place[key] = place[key] * min(times, 60) if isinstance(place[key], str | list) else [place[key]] * times


def _rename(chance: Random, place: Any, key: Any) -> None:
    if isinstance(place, dict):
        place[odd.bent(chance, str(key))] = place.pop(key)


def _add(chance: Random, place: Any, key: Any) -> None:
    if isinstance(place, dict):
        place[odd.text(chance)[:300]] = odd.member(chance)


def spoiled_json(chance: Random, content: bytes) -> bytes:
    """JSON no more, or in a way that parsers differ about."""
    at = chance.randrange(len(content) + 1)
    depth = chance.choice((200, 3000, 40_000))
    text = content.decode()
    ways: tuple[Callable[[], bytes], ...] = (
        lambda: content[:at],
        lambda: content[:at] + bytes([chance.randrange(256)]) + content[at:],
        lambda: b"[" * depth,
        lambda: b'{"a":' * depth + b"1" + b"}" * depth,
        lambda: b"\xef\xbb\xbf" + content,
        lambda: text.encode(chance.choice(("utf-16", "utf-32", "utf-8-sig", "utf-16-be"))),
        lambda: content + content,
        lambda: b"".join((content[:-1], b",", content[1:])) if content.startswith(b"{") else content,
        lambda: content.replace(b'"', b"'"),
        lambda: b'{"items": ' + b"9" * chance.choice((400, 5000)) + b"}",
        lambda: chance.choice(
            (b"", b"\0", b"null", b"nan", b"-", b'"', b"{}{}", b"true", b"\xff\xfe", b"1e400", b'"\\ud800"')
        ),
        lambda: b'{"\xc3\x28": "\xed\xa0\x80"}',
        lambda: bytes(chance.randrange(256) for _nth in range(200)),
    )
    return chance.choice(ways)()


# --- forms ---------------------------------------------------------------------------------------------------------
def bent_fields(chance: Random, fields: Fields) -> Fields:
    """Some of a form's fields have other values, are missing, doubled or new."""
    found = list(fields)
    for _nth in range(chance.choice((0, 1, 1, 2, 3))):
        if not found:
            break
        at = chance.randrange(len(found))
        name, value = found[at]
        if name == "csrfmiddlewaretoken" and chance.random() < 0.9:
            continue
        found[at : at + 1] = _bent_field(chance, name, value)
    if chance.random() < 0.01:
        found += [(f"more-{nth}", "x") for nth in range(chance.choice((400, 1500)))]
    return found


def _bent_field(chance: Random, name: str, value: str) -> Fields:
    ways: tuple[Fields, ...] = (
        *[[(name, odd.word(chance, value))]] * 6,
        [],
        [(name, value), (name, odd.text(chance))],
        [(name, value), (odd.text(chance)[:300], value)],
        [(odd.bent(chance, name), value)],
    )
    return chance.choice(ways)


def urlencoded(fields: Fields) -> Body:
    content = "&".join(f"{odd.escaped(name)}={odd.escaped(value)}" for name, value in fields)
    return Body(content.encode(), "application/x-www-form-urlencoded")


def multipart(fields: Fields, files: dict[str, File]) -> Body:
    parts = [_part(name, value.encode("utf-8", "surrogatepass")) for name, value in fields]
    parts += [_part(name, file.content, file) for name, file in files.items()]
    content = b"".join(parts) + f"--{BOUNDARY}--\r\n".encode()
    return Body(content, f"multipart/form-data; boundary={BOUNDARY}")


def _part(name: str, content: bytes, file: File | None = None) -> bytes:
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{_quoted(name)}"'
    if file:
        head += f'; filename="{_quoted(file.name)}"\r\nContent-Type: {file.kind}'
    return f"{head}\r\n\r\n".encode("utf-8", "surrogatepass") + content + b"\r\n"


def _quoted(name: str) -> str:
    return name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")


def spoiled_form(chance: Random, body: Body) -> Body:
    """A form no more, or one that says that it is another."""
    content, kind = body
    at = chance.randrange(len(content) + 1)
    mark = f"--{BOUNDARY}".encode()
    ways = (
        Body(content[:at], kind),
        Body(content[:at] + bytes([chance.randrange(256)]) * 3 + content[at:], kind),
        Body(content, chance.choice(heads.KINDS)),
        Body(content.replace(b"\r\n", b"\n"), kind),
        Body(content.replace(b"form-data", b"attachment", 1), kind),
        Body(content.replace(b"name=", b"name*=utf-8''%ff; name=", 1), kind),
        Body(content.replace(b"\r\n\r\n", b"\r\nContent-Transfer-Encoding: base64\r\n\r\n", 1), kind),
        Body(content.replace(b"\r\n\r\n", b"\r\n" + b"X-Odd: 1\r\n" * 900 + b"\r\n", 1), kind),
        Body(mark + b"\r\n" + content, kind),
        Body(content.replace(mark, b"--other", 1), kind),
        Body(b"&=&%&%zz=%C0%80&a=%ff&%00=%00" + content[:200], kind),
        Body(b"&".join([b"a"] * chance.choice((499, 1200))), kind),
    )
    return chance.choice(ways)


# --- files ---------------------------------------------------------------------------------------------------------
NAMES = (
    "a.png",
    "table.csv",
    "table.xlsx",
    "../../x.png",
    "a\0.png",
    "ä" * 120 + ".png",
    "",
    ".png",
    "x.php",
    "CON",
    "a.xml",
    "x.svg",
)


def file(chance: Random) -> File:
    """A picture, a table or a bank's statement that is broken, huge once unpacked, or something else."""
    kind = chance.choice(
        ("image/png", "text/csv", "application/xml", "application/zip", "image/svg+xml", "", "x")
    )
    content = chance.choice((_picture, _table, _book, _xml, _rubbish))(chance)
    return File(chance.choice(NAMES), content, kind)


def _picture(chance: Random) -> bytes:
    """A head that promises more than there is; at times of some billion points."""
    side = chance.choice((0, 1, 40, 20_000, 2**31 - 1))
    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    content = b"\x89PNG\r\n\x1a\n"
    for name, part in ((b"IHDR", head), (b"IDAT", zlib.compress(b"\0" * 300_000)), (b"IEND", b"")):
        content += struct.pack(">I", len(part)) + name + part + struct.pack(">I", zlib.crc32(name + part))
    others = (
        b"GIF89a" + b"\xff" * 60,
        b"\xff\xd8\xff\xe0" + b"\0" * 90,
        b"RIFF\0\0\0\0WEBPVP8 ",
        b"<svg xmlns='x'/>",
    )
    return chance.choice((content, content, content[: chance.randrange(len(content))], *others))


def _table(chance: Random) -> bytes:
    heads = (
        "sku,quantity,reason",
        "sku;price;name",
        "number,sku",
        "sku,stock,received",
        "Date;Amount;Text;Account",
    )
    count, wide = chance.choice((0, 1, 5, 400)), chance.choice((1, 3, 9))
    lines = [",".join(odd.text(chance)[:400] for _cell in range(wide)) for _nth in range(count)]
    text = chance.choice(("\n", "\r\n", "\r")).join([chance.choice(heads), *lines])
    return text.encode(chance.choice(("utf-8", "utf-16", "utf-8-sig")), "surrogatepass")


def _book(chance: Random) -> bytes:
    """A book of sheets that lacks all that makes it one, or that is a hundred times as large once unpacked."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as book:
        book.writestr(
            _part_of("[Content_Types].xml"),
            chance.choice(("", "<Types/>", "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>")),
        )
        book.writestr(_part_of("xl/workbook.xml"), chance.choice(("", "<workbook/>", " " * 20_000_000)))
        rows = "<row/>" * chance.choice((0, 200_000))
        book.writestr(_part_of("xl/worksheets/sheet1.xml"), f"<worksheet>{rows}")
    return packed.getvalue()


def _part_of(name: str) -> zipfile.ZipInfo:
    """Of the same moment each time."""
    part = zipfile.ZipInfo(name)
    part.compress_type = zipfile.ZIP_DEFLATED
    return part


def _xml(chance: Random) -> bytes:
    laughs = "".join(f'<!ENTITY l{nth} "{f"&l{nth - 1};" * 10}">' for nth in range(1, 9))
    outside = '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><Document>&e;</Document>'
    camt = '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.02"><BkToCstmrStmt><Stmt><Ntry>'
    camt += '<Amt Ccy="EUR">{}</Amt>'
    ways = (
        f'<!DOCTYPE x [<!ENTITY l0 "x">{laughs}]><Document>&l8;</Document>',
        outside,
        "<a>" * 20_000,
        camt.format(odd.text(chance)[:200]),
        f"{camt.format('1')}</Ntry></Stmt></BkToCstmrStmt></Document>",
        ":20:X\n:25:DE89370400440532013000\n:60F:C2601\n:61:9999999999C1,00NTRF\n:86:"
        + odd.text(chance)[:300],
    )
    return chance.choice(ways).encode("utf-8", "surrogatepass")


def _rubbish(chance: Random) -> bytes:
    return chance.choice(
        (b"", b"\0" * 200_000, chance.randbytes(3000), b"PK\x03\x04" + chance.randbytes(90), b"%PDF-1.7\n%")
    )


def packed(content: bytes) -> bytes:
    return gzip.compress(content, mtime=0)
