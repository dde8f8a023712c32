"""Who may do what in the admin, and the demo users, one of each role."""

from __future__ import annotations

from http import HTTPStatus

import pytest
from django.contrib.auth.models import Group, User
from django.core.management import CommandError, call_command
from django.test import Client

from tests.calls.rows import log_in

pytestmark = pytest.mark.django_db


def test_a_representative_has_nothing_of_the_administrators(client: Client) -> None:
    log_in(client, "representative")

    for address in ("sip/phonenumber", "sip/trunk", "auth/user", "agents/voiceprofile"):
        assert client.get(f"/admin/{address}/").status_code == HTTPStatus.FORBIDDEN


def test_an_administrator_edits_numbers_and_users(client: Client) -> None:
    log_in(client, "administrator")

    for address in ("sip/phonenumber", "sip/trunk", "auth/user", "agents/voiceprofile"):
        assert client.get(f"/admin/{address}/add/").status_code == HTTPStatus.OK


def test_an_administrator_gives_roles_to_others_only(client: Client) -> None:
    log_in(client, "administrator")
    own = User.objects.get()
    other = User.objects.create(username="other", is_staff=True)
    supervisor = Group.objects.get(name="supervisor")

    for user in (own, other):
        client.post(
            f"/admin/auth/user/{user.pk}/change/",
            {"username": user.username, "groups": [supervisor.pk], "is_active": "on"},
        )

    assert list(own.groups.values_list("name", flat=True)) == ["administrator"]
    assert list(other.groups.values_list("name", flat=True)) == ["supervisor"]


def test_an_administrator_cannot_make_anybody_a_superuser(client: Client) -> None:
    log_in(client, "administrator")
    chief = User.objects.create(username="chief", is_superuser=True, is_staff=True)
    other = User.objects.create(username="other")
    change = {"username": "other", "is_superuser": "on", "is_active": "on", "groups": []}

    touched = client.post(f"/admin/auth/user/{chief.pk}/change/", change).status_code
    password = {"password1": "a-new-long-one", "password2": "a-new-long-one"}
    seized = client.post(f"/admin/auth/user/{chief.pk}/password/", password).status_code
    made = client.post(f"/admin/auth/user/{other.pk}/change/", change).status_code

    other.refresh_from_db()
    assert (touched, seized, made, other.is_superuser) == (403, 403, 302, False)
    assert other.is_staff is True


def test_demo_users_are_made_once_and_log_in_with_the_password_given(client: Client) -> None:
    for _ in range(2):
        call_command("seed_users", password=["supervisor=first-one"])

    user = User.objects.get()
    assert (user.username, user.is_staff) == ("supervisor", True)
    assert [group.name for group in user.groups.all()] == ["supervisor"]
    assert client.login(username="supervisor", password="first-one")


def test_a_demo_user_who_was_changed_in_the_admin_stays_changed(client: Client) -> None:
    call_command("seed_users", password=["supervisor=first-one"])
    user = User.objects.get()
    user.groups.clear()
    user.set_password("their-own")
    user.save()

    call_command("seed_users", password=["supervisor=first-one"])

    assert client.login(username="supervisor", password="their-own")
    assert not user.groups.exists()


@pytest.mark.parametrize("given", ["chief=password", "supervisor", "supervisor="])
def test_a_role_that_does_not_exist_is_named(given: str) -> None:
    with pytest.raises(
        CommandError, match="the roles are administrator, representative, supervisor"
    ):
        call_command("seed_users", password=[given])
    assert not User.objects.exists()
