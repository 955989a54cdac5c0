"""The catalog's tables that come in and go out: products, their prices, their stock, and numbers."""

from django.utils.translation import gettext_lazy as _

from bulk.problems import explain
from catalog.bulk.groups import GROUPS, VARIANTS
from catalog.bulk.numbers import NUMBERS
from catalog.bulk.products import PRICES, PRODUCTS
from catalog.bulk.stock import STOCK

explain(
    {
        "sale_price_too_high": _("A sale price is less than the price, %(price)s."),
        "sale_ends_early": _("It ends before it begins."),
        "inventory_is_for_good": _(
            "A product that is kept as a count can't become numbers, nor the other way."
        ),
        "gift_card_is_for_good": _("Whether a product is a gift card is said when it is made, and stays so."),
        "not_of_gift_cards": _(
            "A gift card is counted stock without a parcel, has a price above zero, no sale price and no tax class."
        ),
        "of_group": _("This is a variant: it has this from its product, and is changed there."),
        "options_stay": _("There are variants already: options come and go on the product's page."),
        "no_such_option": _("Its product has no such option."),
        "combination_taken": _("Another variant has these values."),
        "not_counted": _("This product is kept as numbers and has no count."),
        "not_numbered": _("This product is kept as a count and has no numbers."),
        "counted_or_received": _("Give what was counted or what was received: one of both."),
        "stock_moved": _(
            "The table says %(read)s on hand, and now it is %(now)s: pieces came or went since. Count again, and write "
            "%(now)s here to book your count."
        ),
        "fewer_than_promised": _(
            "%(promised)s are promised to orders that are not sent. Mark as done what was sent, or cancel what can't be; "
            "until then %(promised)s is the least that can be booked, and stops the sale."
        ),
        "reason_needed": _("Say why it is another count."),
        "which_column": _(
            "It has several columns: name the one that holds the numbers “number” in the first line, and leave out "
            "the others."
        ),
        "number_is_there": _("It is there already and stays as it is."),
        "number_is_retired": _("It was retired and can't be given out again."),
    }
)

KINDS = (PRODUCTS, GROUPS, VARIANTS, PRICES, STOCK, NUMBERS)
