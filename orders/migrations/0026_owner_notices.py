"""Owners who were still to be told that their endpoint was switched off get a mail like any other."""

from datetime import UTC
from urllib.parse import urlsplit
from uuid import uuid4

from django.conf import settings
from django.db import migrations

# What the templates said when this was written.
WORDS = {
    "en": (
        "A webhook was switched off",
        "Since {since:%Y-%m-%d %H:%M} (UTC) no event could be delivered to {url}, so nothing is sent there any more.\n\n"
        "Nothing is lost: switch the webhook on again when the receiver is back, and it gets every event that it "
        "missed, in order.\n\n{page}\n",
    ),
    "vi": (
        "Một webhook đã bị tắt",
        "Từ {since:%d/%m/%Y %H:%M} (UTC) không gửi được sự kiện nào đến {url}, nên cửa hàng không gửi đến đó nữa.\n\n"
        "Không có gì bị mất: hãy bật lại webhook khi bên nhận hoạt động trở lại, nó sẽ nhận mọi sự kiện đã lỡ, "
        "theo đúng thứ tự.\n\n{page}\n",
    ),
}


def owe(apps, schema_editor):
    Mail = apps.get_model("orders", "Mail")
    untold = apps.get_model("orders", "WebhookEndpoint").objects.filter(tell_at__isnull=False, state="failed")
    for endpoint in untold.select_related("owner"):
        subject, text = WORDS.get(endpoint.language, WORDS["en"])
        since = (endpoint.failing_since or endpoint.state_at).astimezone(UTC)
        page = f"{settings.PUBLIC_URL}/accounts/webhooks/{endpoint.pk}/"
        Mail.objects.create(
            kind="webhook_off",
            user=endpoint.owner,
            to=endpoint.owner.email,
            language=endpoint.language,
            message_id=f"<{uuid4()}@{urlsplit(settings.PUBLIC_URL).hostname}>",
            subject=subject,
            text=text.format(since=since, url=endpoint.url, page=page),
        )


def forget(apps, schema_editor):
    """On the way back: before, there was no place for mails that are about no order."""
    own = apps.get_model("orders", "Mail").objects.filter(order=None)
    own.update(next_attempt_at=None)
    own.delete()


class Migration(migrations.Migration):
    dependencies = [("orders", "0025_finished_messages_promises")]
    operations = [
        migrations.RunPython(owe, forget, elidable=True),
        migrations.RemoveIndex("webhookendpoint", "orders_endpoint_tell"),
        migrations.RemoveField("webhookendpoint", "tell_at"),
    ]
