"""The triggers that note what a product costs, from any connection: beneath the product, whose history it is."""

import pgtrigger

FUNCTION = """
    INSERT INTO catalog_pricechange (product_id, price, sale_price, sale_starts, sale_ends, at)
    VALUES (NEW.id, NEW.price, NEW.sale_price, NEW.sale_starts, NEW.sale_ends, clock_timestamp());
    RETURN NULL;
"""
NOTE_PRICES = (
    pgtrigger.Trigger(
        name="first_price_noted", operation=pgtrigger.Insert, when=pgtrigger.After, func=FUNCTION
    ),
    pgtrigger.Trigger(
        name="price_noted",
        operation=pgtrigger.Update,
        when=pgtrigger.After,
        condition=pgtrigger.AnyChange("price", "sale_price", "sale_starts", "sale_ends"),
        func=FUNCTION,
    ),
)
