"""Looks at each entry of the feed for what 0127 promises, without keeping anybody waiting."""

from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("orders", "0127_requests_told")]
    operations = [ValidateConstraint("feedentry", "orders_feed_tells_one_thing")]
