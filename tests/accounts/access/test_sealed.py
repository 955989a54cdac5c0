"""Secrets of second factors lie sealed in the database, and outlive a SECRET_KEY as long as it is known."""

import threading
import time

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from django.core.management import call_command
from django.db import transaction
from django.test import Client, override_settings
from rest_framework.test import APIClient

from accounts.access import sealed
from accounts.access.sealed import SEALED, Unreadable, seal, seal_anew, unseal
from tests import confirmed
from tests.factories import PASSWORD, make_user
from tests.parallel import at_once
from tests.second_factor import code_of, set_up
from tests.waiting import SECONDS

pytestmark = pytest.mark.django_db
CODE_PAGE = "/accounts/2fa/authenticate/"
NEW = "another key, as long as one should be: 0123456789"


@pytest.fixture
def user():
    return make_user()


@pytest.fixture
def rotate(settings):
    """A new key, beside the one before, or alone."""
    old = settings.SECRET_KEY

    def to(key: str = NEW, *, knows_old: bool = True) -> None:
        settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = key, [old] if knows_old else []

    return to


def row_of(user, kind: str = "totp") -> Authenticator:
    return Authenticator.objects.get(user=user, type=kind)


def lay_open(user) -> str:
    """As rows of before lie there; the key for an app."""
    secret = set_up(user)
    row = row_of(user)
    row.data["secret"] = secret
    row.save()
    return secret


def sign_in(user, code: str):
    browser = Client()
    browser.post("/accounts/login/", {"login": user.email, "password": PASSWORD})
    return browser, browser.post(CODE_PAGE, {"code": code})


def test_neither_the_key_for_apps_nor_the_seed_of_recovery_codes_lies_open(user):
    secret = set_up(user)
    RecoveryCodes.activate(user)
    found = [row_of(user).data["secret"], row_of(user, "recovery_codes").data["seed"]]
    assert all(text.startswith(SEALED) for text in found)
    assert secret not in found[0] and unseal(found[0]) == secret


def test_who_gives_a_right_code_comes_in_and_with_a_recovery_code_too(user):
    secret = set_up(user)
    codes = RecoveryCodes.activate(user).generate_codes()
    assert sign_in(user, code_of(secret))[1].status_code == 302
    assert sign_in(user, codes[0])[1].status_code == 302
    assert sign_in(user, codes[0])[1].status_code == 200, "each recovery code is taken once"


def test_a_row_of_before_lets_in_and_is_sealed_by_that(user):
    secret = lay_open(user)
    assert sign_in(user, "000000")[1].status_code == 200
    assert row_of(user).data["secret"] == secret
    assert sign_in(user, code_of(secret))[1].status_code == 302
    assert row_of(user).data["secret"].startswith(SEALED)
    assert sign_in(user, code_of(secret, ahead=1))[1].status_code == 302


def test_another_key_opens_it_beside_the_one_before_and_alone_once_it_was_used(user, rotate):
    secret = set_up(user)
    rotate()
    assert sign_in(user, code_of(secret))[1].status_code == 302
    rotate(knows_old=False)
    assert sign_in(user, code_of(secret, ahead=1))[1].status_code == 302


def test_all_are_sealed_anew_by_one_command_and_hold_then_without_the_older_key(user, rotate, capsys):
    secret, other = set_up(user), lay_open(unused := make_user())
    codes = RecoveryCodes.activate(user).generate_codes()
    rotate()
    call_command("seal_second_factors")
    assert "3 second factors were sealed" in capsys.readouterr().out
    call_command("seal_second_factors")
    assert capsys.readouterr().out.startswith("0 second factors")
    rotate(knows_old=False)
    assert unseal(row_of(unused).data["secret"]) == other
    assert sealed.unreadable() == []
    assert row_of(user, "recovery_codes").wrap().generate_codes() == codes
    assert sign_in(user, code_of(secret))[1].status_code == 302


@pytest.fixture
def lost(user):
    """A user whose second factor came from a shop with another key; their key for an app."""
    with override_settings(SECRET_KEY=NEW, SECRET_KEY_FALLBACKS=[]):
        secret = set_up(user)
        RecoveryCodes.activate(user)
    return secret


def test_what_no_key_opens_is_said_where_a_code_is_asked_for(user, lost, caplog):
    _browser, answer = sign_in(user, code_of(lost))
    assert answer.status_code == 200
    assert "can&#x27;t be read any more" in answer.text
    assert "was sealed by a SECRET_KEY that this shop does not have" in caplog.text
    with pytest.raises(Unreadable):
        unseal(row_of(user).data["secret"])
    assert [row.user for row in sealed.unreadable()] == [user, user]


@pytest.mark.usefixtures("lost")
def test_and_where_codes_would_be_shown(user):
    browser = Client()
    confirmed.sign_in(browser, user)
    answer = browser.get("/accounts/2fa/recovery-codes/")
    assert answer.status_code == 409
    assert "can't be read any more" in answer.text


def test_a_program_hears_it_too(user, lost):
    api = APIClient()
    sent = {"email": user.email, "password": PASSWORD}
    token = api.post("/api/auth/app/v1/auth/login", sent, format="json").json()["meta"]["session_token"]
    answer = api.post(
        "/api/auth/app/v1/auth/2fa/authenticate",
        {"code": code_of(lost)},
        format="json",
        headers={"X-Session-Token": token},
    )
    assert answer.status_code == 400
    assert "can't be read any more" in answer.text


@pytest.mark.usefixtures("lost")
def test_the_command_names_those_whom_nobody_can_read_and_seals_the_others(user, capsys):
    fine = make_user()
    lay_open(fine)
    call_command("seal_second_factors")
    said = capsys.readouterr()
    assert "1 second factors" in said.out
    assert user.email in said.err and fine.email not in said.err


@pytest.mark.django_db(transaction=True)
def test_a_recovery_code_that_is_used_at_the_moment_of_sealing_is_used(user):
    """The code's row is held while it is looked at, and so is what is sealed: neither undoes the other."""
    codes = RecoveryCodes.activate(user)
    seed = unseal(codes.instance.data["seed"])
    codes.instance.data["seed"] = seed
    codes.instance.save()
    code, pk = codes.generate_codes()[0], codes.instance.pk
    is_used = threading.Event()

    def use() -> bool:
        with transaction.atomic():
            done = row_of(user, "recovery_codes").wrap().validate_code(code)
            is_used.set()
            # Not committed yet: who seals has to wait for that.
            time.sleep(0.3)
            return done

    def seal_it() -> bool:
        assert is_used.wait(SECONDS)
        return seal_anew(authenticator_id=pk)

    assert at_once([use, seal_it]) == [True, True]
    left = row_of(user, "recovery_codes").wrap()
    assert code not in left.get_unused_codes()
    assert unseal(left.instance.data["seed"]) == seed != left.instance.data["seed"]


def test_what_is_altered_in_the_database_is_not_read():
    text = seal("JBSWY3DPEHPK3PXP")
    with pytest.raises(Unreadable):
        unseal(text[:-5] + ("A" if text[-5] != "A" else "B") + text[-4:])
