"""Holds what came after placing against the books: changes, parcels, exchanges, transfers, promotions and gift cards."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence

from faults.checking.history import Books, Finding, OrderRow, Told

# What these make, they make once for each name that they were asked for by.
CHANGES = ("change", "exchange", "address")


def settled(by_order: Mapping[str, Sequence[Told]], books: Books) -> Iterator[Finding]:
    """Everything that is wrong about it."""
    yield from _exchanged(by_order, books)
    yield from _differences(by_order, books)
    for order_id, row in books.orders.items():
        all_told = by_order.get(order_id, ())
        yield from _changes(order_id, all_told, row)
        yield from _parcels(order_id, all_told, row)
        yield from _transfers(order_id, all_told, row)
        yield from _lines(order_id, row)
        yield from _houses(order_id, all_told, row)
        if row.cards != row.cards_sold:
            column = "doubled" if row.cards > row.cards_sold else "lost"
            yield Finding(column, f"{order_id} has {row.cards} gift cards, and sold {row.cards_sold}")
    yield from _promotions(books)
    yield from _cards(books)
    yield from _received(by_order.get("", ()), books)


# --- what was asked for by name ------------------------------------------------------------------------------------
def _changes(order_id: str, all_told: Sequence[Told], row: OrderRow) -> Iterator[Finding]:
    """Each that was told as made is there, with what its preview said; none that was refused each time, or never asked."""
    asked: defaultdict[str, list[Told]] = defaultdict(list)
    for told in all_told:
        if told.act in (*CHANGES, "difference") and told.once:
            asked[told.once].append(told)
    for once, answers in asked.items():
        if any(told.is_done and told.act in CHANGES for told in answers) and once not in row.changes:
            yield Finding("lost", f"change {once} of {order_id} was made and is not there")
        if once in row.changes and all(told.is_refusal for told in answers):
            yield Finding("disagreeing", f"change {once} of {order_id} was refused each time and is there")
        promised = next((told.promised for told in answers if told.promised is not None), None)
        if once in row.changes and promised not in (None, row.changes[once]):
            yield Finding(
                "disagreeing",
                f"change {once} of {order_id} gives {row.changes[once]} cents, shown were {promised}",
            )
    for once in row.changes.keys() - asked.keys():
        yield Finding("doubled", f"change {once} of {order_id} is there and nobody asked for it")


def _exchanged(by_order: Mapping[str, Sequence[Told]], books: Books) -> Iterator[Finding]:
    """An exchange that was told as made has its order, and one alone."""
    made = [row.exchange for row in books.orders.values() if row.exchange]
    accepted = {
        told.once
        for all_told in by_order.values()
        for told in all_told
        if told.act == "exchange" and told.is_done
    }
    for once in sorted(accepted - set(made)):
        yield Finding("lost", f"exchange {once} was made, and its order is not there")
    for once, times in sorted(Counter(made).items()):
        if times > 1:
            yield Finding("doubled", f"exchange {once} has {times} orders")


def _differences(by_order: Mapping[str, Sequence[Told]], books: Books) -> Iterator[Finding]:
    """A change that waits has one order that pays its difference, and is made if that is paid, and not otherwise."""
    paying = {row.difference: row for row in books.orders.values() if row.difference}
    for order_id, all_told in by_order.items():
        asked = [told for told in all_told if told.act == "difference" and told.once]
        for once in sorted({told.once for told in asked if told.is_done} - paying.keys()):
            yield Finding("lost", f"change {once} of {order_id} was to wait, and no order pays it")
        for once in sorted({told.once for told in asked} & paying.keys()):
            is_paid = "paid" in paying[once].statuses
            if is_paid != (once in books.orders[order_id].changes):
                made = "not made" if is_paid else "made"
                yield Finding(
                    "disagreeing", f"change {once} of {order_id}: {made}, its order {paying[once].status}"
                )


def _parcels(order_id: str, all_told: Sequence[Told], row: OrderRow) -> Iterator[Finding]:
    """As many as were told as sent, and no more than were packed."""
    asked = {told.once for told in all_told if told.act == "parcel"}
    sent = {told.once for told in all_told if told.act == "parcel" and told.is_done}
    if row.parcels < len(sent):
        yield Finding("lost", f"{order_id}: {len(sent)} parcels were sent, {row.parcels} are there")
    if row.parcels > len(asked):
        yield Finding("doubled", f"{order_id}: {row.parcels} parcels are there, {len(asked)} were packed")


def _transfers(order_id: str, all_told: Sequence[Told], row: OrderRow) -> Iterator[Finding]:
    """Money that staff noted is booked once for each reference, if the answer said so."""
    asked = {told.once for told in all_told if told.act == "receipt"}
    noted = {told.once for told in all_told if told.act == "receipt" and told.is_done}
    yield from _once(order_id, "transfer", asked, noted, row.transfers)


def _once(
    order_id: str, what: str, asked: Collection[str], done: Collection[str], there: Mapping[str, int]
) -> Iterator[Finding]:
    for once in sorted(set(done) - set(there)):
        yield Finding("lost", f"{what} {once} of {order_id} was noted and is not there")
    for once, times in there.items():
        if times > 1 or once not in asked:
            yield Finding("doubled", f"{what} {once} of {order_id} is there {times} times")


def _houses(order_id: str, all_told: Sequence[Told], row: OrderRow) -> Iterator[Finding]:
    """The parcel goes where the newest change that was made says; where two were asked for at once, to one of them."""
    made = [told for told in all_told if told.act == "address" and told.once in row.changes]
    if not made or not row.house:
        return
    newest = max(told.asked_at for told in made)
    possible = {told.house for told in made if told.told_at >= newest or told.asked_at == newest}
    if row.house not in possible:
        yield Finding(
            "disagreeing", f"{order_id} goes to {row.house}, it was changed to {', '.join(possible)}"
        )


def _received(all_told: Sequence[Told], books: Books) -> Iterator[Finding]:
    """Pieces that staff received are booked once for each time that they were told so, and for none that was refused."""
    asked: defaultdict[str, list[Told]] = defaultdict(list)
    for told in all_told:
        if told.act == "received":
            asked[told.once].append(told)
    booked = Counter[str]()
    for row in books.stock.values():
        booked.update(row.received)
    for once, answers in asked.items():
        done = sum(told.is_done for told in answers)
        unknown = sum(not told.is_done and not told.is_refusal for told in answers)
        if booked[once] < done:
            yield Finding("lost", f"delivery {once} was booked and is not there")
        if booked[once] > done + unknown:
            yield Finding(
                "doubled", f"delivery {once} is there {booked[once]} times, it was told {done} times"
            )


# --- pieces, promotions, cards -------------------------------------------------------------------------------------
def _lines(order_id: str, row: OrderRow) -> Iterator[Finding]:
    for sku, line in row.lines.items():
        if line.sent > line.ordered - line.canceled:
            yield Finding(
                "oversold",
                f"{order_id}: {line.sent} of {sku} were sent, {line.ordered} ordered, {line.canceled} canceled",
            )
        if line.returned > line.sent:
            yield Finding("disagreeing", f"{order_id}: {line.returned} of {sku} came back of {line.sent}")


def _promotions(books: Books) -> Iterator[Finding]:
    for code, row in books.promotions.items():
        if row.limit is not None and row.having > row.limit:
            yield Finding("oversold", f"promotion {code}: {row.having} orders have it, {row.limit} may")
        if row.limit_each is not None and row.most > row.limit_each:
            yield Finding(
                "oversold", f"promotion {code}: a customer has it {row.most} times, {row.limit_each} may be"
            )
        if row.used != row.having:
            yield Finding(
                "disagreeing", f"promotion {code} counts {row.used} uses, {row.having} orders have it"
            )


def _cards(books: Books) -> Iterator[Finding]:
    for name, card in books.gift_cards.items():
        if card.balance < 0:
            yield Finding("oversold", f"gift card {name} has {card.balance} cents")
        if card.balance != card.issued - card.taken + card.returned:
            yield Finding(
                "disagreeing",
                f"gift card {name} has {card.balance} cents; {card.issued} issued, {card.taken} taken, "
                f"{card.returned} returned",
            )
        if card.at_orders != card.taken - card.returned:
            yield Finding(
                "disagreeing",
                f"gift card {name}: orders have {card.at_orders} cents of it, "
                f"its own entries {card.taken - card.returned}",
            )
