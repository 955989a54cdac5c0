"""What 0129 promised of the feed is looked at, while the shop goes on."""

from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("orders", "0129_notices")]
    operations = [ValidateConstraint("feedentry", "orders_feed_tells_one_thing")]
