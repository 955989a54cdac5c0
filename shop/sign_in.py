"""What signing in brings along: the cart that was filled before."""

from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver
from django.http import HttpRequest

from accounts.models import User
from shop import told
from shop.cart_stores import SessionCart, StoredCart


# Django's own signal comes from every way in: password, sign-up, a second factor, the staff desk.
@receiver(user_logged_in, dispatch_uid="shop.cart")
def take_the_cart_along(sender: type[User], request: HttpRequest, user: User, **kwargs: object) -> None:
    """Merge the session's cart into the customer's, and say what did not fit."""
    before = SessionCart(request.session)
    if before:
        told.merged(request, StoredCart(user).take_over(before))
