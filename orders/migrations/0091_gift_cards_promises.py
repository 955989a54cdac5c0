"""What gift cards hold of an order is within its total."""

from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("orders", "0090_gift_cards")]
    operations = [ValidateConstraint("order", "orders_order_card_amount")]
