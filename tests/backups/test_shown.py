"""How old the newest backup is, and whether one was restored for a try: on the desk's first page and in the metrics."""

import pytest
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from backups.models import Backup, failed
from outbox import quiet
from tests.factories import staff_of

pytestmark = pytest.mark.django_db
PAGE = "/admin/"


def note(kind: str, failure: str = "") -> Backup:
    return Backup.objects.create(
        kind=kind, as_of=timezone.now(), place="/backups", seconds=1.0, failure=failure
    )


def test_the_first_page_says_what_can_be_put_back(client, staff):
    client.force_login(staff)
    assert "Restorable" not in client.get(PAGE).text
    note("made")
    assert "which nobody has tried to restore" in client.get(PAGE).text
    note("drill")
    quiet.begin()
    page = client.get(PAGE).text
    assert "Restorable as of" in page
    assert "is quiet" in page
    assert client.get("/admin/backups/backup/").status_code == 200


def test_staff_without_the_right_see_nothing_of_it(client):
    client.force_login(staff_of("Support"))
    note("drill")
    assert "Restorable" not in client.get(PAGE).text
    assert client.get("/admin/backups/backup/").status_code == 403


def test_a_failure_waits_for_a_person_until_one_went_well():
    note("drill", "no room")
    note("made")
    assert failed().count() == 1
    note("drill")
    assert failed().count() == 0


def test_metrics_have_the_moments(client, settings):
    settings.METRICS_TOKEN = ["a long secret"]
    drill = note("drill")
    note("made", "no room")
    text = client.get("/metrics", headers={"Authorization": "Bearer a long secret"}).text
    found = {
        (one.name, *one.labels.values()): one.value
        for family in text_string_to_metric_families(text)
        for one in family.samples
    }
    assert found["orderly_backup_as_of_seconds", "drill"] == pytest.approx(drill.as_of.timestamp())
    assert ("orderly_backup_as_of_seconds", "made") not in found
    assert found["orderly_quiet",] == 0
