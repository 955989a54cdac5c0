"""Holds a history against the books: a pure function that says what is wrong, each under the name of a column."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import pairwise

from faults.checking.history import Books, Finding, History, OrderRow, Told
from faults.checking.settled import settled

COLUMNS = (
    "lost",
    "doubled",
    "oversold",
    "hanging",
    "missed",
    "stale",
    "disagreeing",
    "admitted",
    "5xx",
    "tracebacks",
)
# Not at rest: somebody waits for the shop.
UNDER_WAY = ("pending", "refund")
HOLDING_MONEY = ("paid", "done", "refund")


def check(history: History, books: Books) -> list[Finding]:
    """Everything that is wrong; empty if every promise was kept."""
    by_order: defaultdict[str, list[Told]] = defaultdict(list)
    for told in sorted(history.told, key=lambda told: told.told_at):
        by_order[told.order].append(told)
    return [
        *_answers(history),
        *_placements(by_order, books),
        *_unknown(by_order, books),
        *_seen(by_order, books),
        *_stock(books),
        *_rest(books),
        *_heard(history, books),
        *_taken(history, books),
        *_letters(history, books),
        *_money(books),
        *settled(by_order, books),
        *(Finding("disagreeing", f"audit: {line}") for line in books.audit),
        *(Finding("tracebacks", line) for line in books.tracebacks),
    ]


# --- answers -------------------------------------------------------------------------------------------------------
def _answers(history: History) -> Iterator[Finding]:
    """The one error of the server that is documented is a 503 that says when to come back; what has ended opens nothing."""
    for told in history.told:
        if told.status >= 500 and not (told.status == 503 and told.comes_back):
            yield Finding("5xx", f"{told.act} of {told.order or told.once or 'a cart'}: {told.status}")
        if told.act == "after the end" and told.is_done:
            yield Finding("admitted", f"{told.once} got in after it was told that it had ended")


def _placements(by_order: dict[str, list[Told]], books: Books) -> Iterator[Finding]:
    """What was accepted is there, once; what was refused each time is not."""
    for order_id, all_told in by_order.items():
        placings = [told for told in all_told if told.act == "place"]
        accepted = [told for told in placings if told.is_done]
        row = books.orders.get(order_id)
        if accepted and row is None:
            yield Finding("lost", f"{order_id} was accepted and is not there")
        if (made := sum(told.status == 201 for told in accepted)) > 1:
            yield Finding("doubled", f"{order_id} was placed anew {made} times")
        if placings and row and all(told.is_refusal for told in placings):
            yield Finding("disagreeing", f"{order_id} was refused each time and is there")


def _unknown(by_order: dict[str, list[Told]], books: Books) -> Iterator[Finding]:
    acts = ("exchange", "difference")
    named = {told.once for all_told in by_order.values() for told in all_told if told.act in acts}
    for order_id, row in books.orders.items():
        if by := row.exchange or row.difference:
            is_wanted = by in named
        else:
            is_wanted = any(told.act == "place" for told in by_order.get(order_id, ()))
        if not is_wanted:
            yield Finding("doubled", f"{order_id} is there and nobody placed it")


# --- what was seen of an order -------------------------------------------------------------------------------------
def _seen(by_order: dict[str, list[Told]], books: Books) -> Iterator[Finding]:
    for order_id, row in books.orders.items():
        all_told = by_order.get(order_id, [])
        yield from _promise(order_id, all_told, row)
        yield from _statuses(order_id, [told for told in all_told if told.seen], row)


def _promise(order_id: str, all_told: list[Told], row: OrderRow) -> Iterator[Finding]:
    """The order is what the preview promised, and what every answer showed."""
    shown = [(dict(told.items), told.total) for told in all_told if told.items]
    if any(one != (dict(row.items), row.total) for one in shown):
        yield Finding(
            "disagreeing", f"{order_id} has {dict(row.items)} for {row.total}, shown were {shown[0]}"
        )


def _statuses(order_id: str, seen: list[Told], row: OrderRow) -> Iterator[Finding]:
    """Each status that was shown is in the history, and none is older than one that was told before it was asked."""
    for told in seen:
        if told.seen not in row.statuses:
            yield Finding("lost", f"{order_id} was shown as {told.seen}, which it never was")
    place = {status: at for at, status in enumerate(row.statuses)}
    known = [told for told in seen if told.seen in place]
    for later in known:
        before = [place[told.seen] for told in known if told.told_at < later.asked_at]
        if before and place[later.seen] < max(before):
            newest = row.statuses[max(before)]
            yield Finding("stale", f"{order_id} was shown as {later.seen} after {newest}")


# --- stock and rest ------------------------------------------------------------------------------------------------
def _stock(books: Books) -> Iterator[Finding]:
    for sku, row in books.stock.items():
        if row.held > row.there:
            yield Finding("oversold", f"{sku}: orders hold {row.held} of {row.there}")
        if row.fewest < 0:
            yield Finding("oversold", f"{sku}: {row.fewest} pieces were free at a time")
    for number, holders in books.numbers.items():
        if len(holders) > 1:
            yield Finding("oversold", f"number {number} is held by {', '.join(holders)}")


def _rest(books: Books) -> Iterator[Finding]:
    for order_id, row in books.orders.items():
        if row.status in UNDER_WAY:
            yield Finding("hanging", f"{order_id} is {row.status}")
    if books.waiting:
        yield Finding("hanging", f"{books.waiting} events wait")


# --- listeners -----------------------------------------------------------------------------------------------------
def _heard(history: History, books: Books) -> Iterator[Finding]:
    """Every listener heard the feed of its customer: all of it, each once, in its order, and nothing else."""
    for client in sorted({*history.heard, *books.feed}):
        feed, heard = list(books.feed.get(client, ())), list(history.heard.get(client, ()))
        if feed == heard:
            continue
        times = Counter(heard)
        for event in feed:
            if times[event] != 1:
                yield Finding(
                    "missed", f"listener {client} heard {event[2]} of {event[1]} {times[event]} times"
                )
        for event in times.keys() - set(feed):
            yield Finding("missed", f"listener {client} heard {event[2]} of {event[1]}, which never was")
        yield from _order(client, feed, heard)


def _order(
    client: int, feed: list[tuple[str, str, str]], heard: list[tuple[str, str, str]]
) -> Iterator[Finding]:
    place = {event: at for at, event in enumerate(feed)}
    known = [event for event in heard if event in place]
    for earlier, later in pairwise(known):
        if place[later] < place[earlier]:
            yield Finding("missed", f"listener {client} heard {later[2]} of {later[1]} after {earlier[2]}")


def _taken(history: History, books: Books) -> Iterator[Finding]:
    """To each receiver of webhooks came all events of its owner, once or more, those of one order in their order."""
    for client, came in history.taken.items():
        feed = books.feed.get(client, ())
        place = {event: at for at, event in enumerate(feed)}
        newest: dict[str, int] = {}
        for event in dict.fromkeys(came):
            if event not in place:
                yield Finding("missed", f"receiver {client} got {event[2]} of {event[1]}, which never was")
            elif place[event] < newest.get(event[1], -1):
                yield Finding("missed", f"receiver {client} got {event[2]} of {event[1]} after a later one")
            else:
                newest[event[1]] = place[event]
        for event in place.keys() - set(came):
            yield Finding("missed", f"receiver {client} never got {event[2]} of {event[1]}")


def _letters(history: History, books: Books) -> Iterator[Finding]:
    """What the shop says it has sent, the mail server has taken."""
    if history.letters is not None:
        for name in sorted(set(books.sent) - set(history.letters)):
            yield Finding("lost", f"email {name} is said to be sent, and no mail server took it")


# --- money ---------------------------------------------------------------------------------------------------------
def _money(books: Books) -> Iterator[Finding]:
    """The shop holds what a paid order costs and nothing of others; the provider has returned what the ledger says."""
    for order_id, row in books.orders.items():
        left = row.due - sum(row.changes.values())
        held, should = row.captured - row.returned, left if row.status in HOLDING_MONEY else 0
        if row.returned > row.captured:
            yield Finding("doubled", f"{order_id}: {row.returned} cents returned of {row.captured}")
        elif row.captured > row.due and held > should:
            yield Finding("doubled", f"{order_id}: {row.captured} captured for {row.due}")
        elif held != should and row.status not in UNDER_WAY:
            yield Finding("disagreeing", f"{order_id} is {row.status}; {held} cents are held, not {should}")
        by_provider = row.returned - row.returned_elsewhere
        if row.provider_returned != by_provider and row.status not in UNDER_WAY:
            yield Finding(
                "disagreeing",
                f"{order_id}: the provider returned {row.provider_returned} cents, the ledger has {by_provider}",
            )
        if row.provider_captured not in (None, row.captured):
            yield Finding(
                "disagreeing",
                f"{order_id}: the provider captured {row.provider_captured} cents, the ledger has {row.captured}",
            )


def recovery(books: Books, last_fault: float) -> float:
    """Seconds from the end of the last fault to the last confirmation of an order that was placed before it."""
    confirmed = [
        row.confirmed_at - last_fault
        for row in books.orders.values()
        if row.confirmed_at is not None and row.placed_at <= last_fault
    ]
    return max([0.0, *confirmed])
