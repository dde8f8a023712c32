"""A recording is heard by those who may, in the pieces a player asks for."""

from __future__ import annotations

from collections.abc import AsyncIterator
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.conf import LazySettings
from django.contrib.auth.models import Group, User
from django.http import StreamingHttpResponse
from django.test import Client

from calls.models import Call, Recording
from calls.states import CallState
from tests.calls.rows import make_call

AUDIO = bytes(range(200)) * 1000


@pytest.fixture
def call(settings: LazySettings, tmp_path: Path, db: None) -> Call:
    settings.MEDIA_ROOT = tmp_path
    (tmp_path / "one.ogg").write_bytes(AUDIO)
    call = make_call(state=CallState.ENDED, records=True)
    Recording.objects.create(call=call, state="ready", integrity="complete", file="one.ogg")
    return call


def person(role: str, *, is_staff: bool = True) -> User:
    user = User.objects.create(username=role, is_staff=is_staff)
    user.groups.add(Group.objects.get(name=role))
    return user


@pytest.fixture
def supervisor(db: None) -> User:
    return person("supervisor")


def ask(client: Client, call: Call, range_: str = "", method: str = "GET") -> Any:
    headers = {"range": range_} if range_ else {}
    return client.generic(method, f"/calls/{call.id}/recording", headers=headers)


def body(answer: Any) -> bytes:
    assert isinstance(answer, StreamingHttpResponse)
    chunks = answer.streaming_content

    async def collect() -> bytes:
        assert isinstance(chunks, AsyncIterator)
        return b"".join([chunk async for chunk in chunks])

    return async_to_sync(collect)()


def test_without_a_range_the_whole_file_comes(client: Client, call: Call, supervisor: User) -> None:
    client.force_login(supervisor)

    answer = ask(client, call)

    assert (answer.status_code, answer["Content-Type"]) == (200, "audio/ogg")
    assert (answer["Accept-Ranges"], answer["Content-Length"]) == ("bytes", str(len(AUDIO)))
    assert answer["Cache-Control"] == "private, no-store"
    assert body(answer) == AUDIO


@pytest.mark.parametrize(
    ("range_", "first", "last"),
    [
        ("bytes=0-", 0, 199_999),
        ("bytes=0-0", 0, 0),
        ("bytes=100-65700", 100, 65_700),
        ("bytes=199990-900000", 199_990, 199_999),
        ("bytes=-10", 199_990, 199_999),
        ("bytes=-900000", 0, 199_999),
    ],
)
def test_a_range_is_answered_with_exactly_its_bytes(
    client: Client, call: Call, supervisor: User, range_: str, first: int, last: int
) -> None:
    client.force_login(supervisor)

    answer = ask(client, call, range_)

    assert answer.status_code == HTTPStatus.PARTIAL_CONTENT
    assert answer["Content-Range"] == f"bytes {first}-{last}/200000"
    assert answer["Content-Length"] == str(last - first + 1)
    assert body(answer) == AUDIO[first : last + 1]


@pytest.mark.parametrize("range_", ["bytes=200000-", "bytes=5-2", "bytes=-0"])
def test_a_range_outside_the_file_is_refused(
    client: Client, call: Call, supervisor: User, range_: str
) -> None:
    client.force_login(supervisor)

    answer = ask(client, call, range_)

    assert (answer.status_code, answer["Content-Range"]) == (416, "bytes */200000")


@pytest.mark.parametrize(
    "range_",
    [
        "bytes=-",
        "bytes=0-1,5-6",
        "lines=1-2",
        "bytes=a-b",
        f"bytes={'1' * 5000}-",
    ],
)
def test_a_range_of_another_kind_is_passed_over(
    client: Client, call: Call, supervisor: User, range_: str
) -> None:
    client.force_login(supervisor)

    answer = ask(client, call, range_)

    assert answer.status_code == HTTPStatus.OK
    assert body(answer) == AUDIO


def test_the_length_can_be_asked_for_alone(client: Client, call: Call, supervisor: User) -> None:
    client.force_login(supervisor)

    answer = ask(client, call, method="HEAD")

    assert (answer.status_code, answer["Content-Length"]) == (200, "200000")
    assert answer.content == b""


@pytest.mark.parametrize("role", ["representative", "administrator"])
def test_other_roles_do_not_hear_recordings(client: Client, call: Call, role: str) -> None:
    client.force_login(person(role))

    assert ask(client, call).status_code == HTTPStatus.FORBIDDEN


def test_a_role_without_a_login_to_the_admin_hears_nothing(client: Client, call: Call) -> None:
    client.force_login(person("supervisor", is_staff=False))

    assert ask(client, call).status_code == HTTPStatus.FORBIDDEN


def test_a_stranger_is_sent_to_the_login(client: Client, call: Call) -> None:
    answer = ask(client, call)

    assert answer.status_code == HTTPStatus.FOUND
    assert answer["Location"] == f"/admin/login/?next=/calls/{call.id}/recording"


def test_a_supervisor_who_left_hears_nothing(client: Client, call: Call, supervisor: User) -> None:
    client.force_login(supervisor)
    User.objects.update(is_active=False)

    assert (ask(client, call)).status_code == HTTPStatus.FOUND


@pytest.mark.parametrize("state", ["receiving", "deleted"])
def test_a_recording_that_is_not_there_is_not_found(
    client: Client, call: Call, supervisor: User, state: str
) -> None:
    client.force_login(supervisor)
    Recording.objects.update(state=state, file="")

    assert (ask(client, call)).status_code == HTTPStatus.NOT_FOUND


def test_a_file_that_is_lost_is_not_found(
    client: Client, call: Call, supervisor: User, tmp_path: Path
) -> None:
    client.force_login(supervisor)
    (tmp_path / "one.ogg").unlink()

    assert (ask(client, call)).status_code == HTTPStatus.NOT_FOUND
