"""The demo shop's sign-ins: a customer with an address in each of two zones, and a member of staff."""

from allauth.account.models import EmailAddress
from django.contrib.auth.models import Group
from django.db import transaction

from accounts.addresses import save_address
from accounts.models import Address, User
from accounts.rights import OWNER

PASSWORD = "orderly-demo"  # noqa: S105 the demo's sign-in is printed on its start page
CUSTOMER = "customer@example.com"
STAFF = "staff@example.com"

HOME_ADDRESS = {
    "full_name": "Linh Tran",
    "phone": "+84 263 382 1180",
    "line1": "12 Trần Hưng Đạo",
    "city": "Đà Lạt",
    "region": "Lâm Đồng",
    "postal_code": "66000",
    "country": "VN",
}
ADDRESS_ABROAD = {
    "full_name": "Linh Tran",
    "phone": "+1 503 555 0142",
    "line1": "418 Alder Street",
    "line2": "Apartment 5",
    "city": "Portland",
    "region": "OR",
    "postal_code": "97205",
    "country": "US",
}


def invite_people() -> None:
    """Make the two demo users, unless they are there already."""
    _invite(CUSTOMER, "Linh Tran", addresses=[HOME_ADDRESS, ADDRESS_ABROAD])
    _invite(STAFF, "Minh Nguyen", is_staff=True)


@transaction.atomic
def _invite(
    email: str, full_name: str, addresses: list[dict[str, str]] | None = None, **rights: bool
) -> None:
    if User.objects.filter(email=email).exists():
        return
    user = User.objects.create_user(email, PASSWORD, full_name=full_name, **rights)
    if user.is_staff:
        user.groups.add(Group.objects.get(name=OWNER))
    EmailAddress.objects.create(user=user, email=email, primary=True, verified=True)
    for address in addresses or []:
        save_address(Address(user=user, **address))
