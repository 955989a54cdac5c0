"""The customers: verified, with an address, and without a password, so that these accounts can't be signed in to."""

from allauth.account.models import EmailAddress

from accounts.models import Address, User
from demo.fill.insertion import insert, next_id, run

PEOPLE = f"""
CREATE TEMP TABLE fill_people AS
SELECT customer AS n, {next_id(User)} AS id, {next_id(Address)} AS address_id, min(placed_at) AS since
FROM fill_orders GROUP BY customer
"""


def invite() -> None:
    run(PEOPLE)
    run("ALTER TABLE fill_people ADD email text, ADD address jsonb")
    run(
        """
        UPDATE fill_people SET email = concat('customer', id, '@filled.example'), address = jsonb_build_object(
            'id', address_id, 'full_name', concat('Customer ', id), 'phone', concat('+84 28 ', 1000000 + n),
            'line1', concat(1 + n % 200, ' Lê Lợi'), 'line2', '', 'city', 'Huế', 'region', '', 'postal_code', '530000',
            'country', 'VN')
        """
    )
    insert(
        User,
        "fill_people",
        id="id",
        email="email",
        password="'!'",
        full_name="address->>'full_name'",
        date_joined="since",
    )
    insert(EmailAddress, "fill_people", user_id="id", email="email", verified="true", primary="true")
    parts = {name: f"address->>'{name}'" for name in Address.FIELDS}
    insert(Address, "fill_people", id="address_id", user_id="id", **parts)
