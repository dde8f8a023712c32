"""The roster's promises are kept by the database."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError

from agents.models import HumanAgent, VoiceProfile


@pytest.mark.django_db
def test_a_voice_profile_always_has_something_to_say() -> None:
    with pytest.raises(IntegrityError, match="voice_profile_greets_with_something"):
        VoiceProfile.objects.create(name="Silent", greeting="")


@pytest.mark.django_db
def test_a_person_on_the_roster_cannot_be_deleted_with_the_user() -> None:
    user = User.objects.create_user("ana")
    HumanAgent.objects.create(user=user, display_name="Ana")

    with pytest.raises(ProtectedError):
        user.delete()

    assert HumanAgent.objects.get().display_name == "Ana"


@pytest.mark.django_db
def test_a_user_is_on_the_roster_once() -> None:
    user = User.objects.create_user("ana")
    HumanAgent.objects.create(user=user, display_name="Ana")

    with pytest.raises(IntegrityError), transaction.atomic():
        HumanAgent.objects.create(user=user, display_name="Ana again")

    assert HumanAgent.objects.count() == 1
