"""What 0105 promised of tables that grow is looked at, while the shop goes on."""

from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("orders", "0105_pickup")]
    operations = [
        ValidateConstraint("email", "orders_mail_kind"),
        ValidateConstraint("order", "orders_order_pickup_of_goods"),
        ValidateConstraint("order", "orders_order_promise"),
        ValidateConstraint("feedentry", "orders_feed_tells_one_thing"),
    ]
