"""What Stripe says of the account: what moved, what was sent to the bank, disputes, and what it holds."""

from collections.abc import Iterator
from datetime import datetime

import stripe

from orders.payments.providers.base import NoLists, Notification, PaymentProvider, ProviderUnreachable
from orders.payments.providers.movements import Balance, Movement, PaidOut
from orders.payments.providers.stripe.events import of_dispute
from orders.payments.providers.stripe.movements import balance_of, movement_of, paid_out_of


class StripeLists(PaymentProvider):
    """The part of Stripe that is asked, and moves nothing."""

    has_lists = True
    _stripe: stripe.StripeClient

    def list_movements(self, since: datetime, until: datetime) -> Iterator[Movement]:
        """The account's balance transactions, the newest first. Raises ProviderUnreachable."""
        try:
            page = self._stripe.v1.balance_transactions.list(
                params={
                    "created": {"gte": int(since.timestamp()), "lt": int(until.timestamp())},
                    "limit": 100,
                    "expand": ["data.source"],
                }
            )
            for transaction in page.auto_paging_iter():
                yield movement_of(transaction.to_dict())
        except stripe.StripeError as error:
            raise ProviderUnreachable(str(error)) from error

    def list_payouts(self, since: datetime, until: datetime) -> Iterator[PaidOut]:
        """What was sent to the bank; what Stripe sent by itself says what it holds."""
        try:
            page = self._stripe.v1.payouts.list(
                params={
                    "created": {"gte": int(since.timestamp()), "lt": int(until.timestamp())},
                    "limit": 100,
                }
            )
            for payout in page.auto_paging_iter():
                told = payout.to_dict()
                yield paid_out_of(told, self._held_by(told["id"]) if told.get("automatic") else None)
        except stripe.PermissionError as refusal:
            raise NoLists(f"the key may not read the account's payouts: {refusal}") from refusal
        except stripe.StripeError as error:
            raise ProviderUnreachable(str(error)) from error

    def _held_by(self, payout: str) -> tuple[Movement, ...]:
        """What is in a payout, without itself."""
        page = self._stripe.v1.balance_transactions.list(
            params={"payout": payout, "limit": 100, "expand": ["data.source"]}
        )
        moved = (movement_of(one.to_dict()) for one in page.auto_paging_iter())
        return tuple(one for one in moved if one.reference != payout)

    def look_at_dispute(self, reference: str) -> Notification | None:
        try:
            dispute = self._stripe.v1.disputes.retrieve(reference).to_dict()
        except stripe.StripeError as error:
            if error.code == "resource_missing":
                return None
            raise ProviderUnreachable(str(error)) from error
        return of_dispute(f"looked at {reference} {dispute['status']}", dispute)

    def balance(self, at: datetime) -> Balance:
        """What the account holds now: Stripe tells of no other moment."""
        try:
            return Balance(balance_of(self._stripe.v1.balance.retrieve().to_dict()))
        except stripe.StripeError as error:
            raise ProviderUnreachable(str(error)) from error
