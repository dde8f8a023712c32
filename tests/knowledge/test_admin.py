from __future__ import annotations

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.contrib.messages import get_messages
from django.test import Client
from django.utils.timezone import now
from pytest_django import DjangoAssertNumQueries

from knowledge import services
from knowledge.models import PolicyDocument, PolicyVersion

pytestmark = pytest.mark.django_db
FORM = {
    "title": "Returns policy",
    "slug": "returns",
    "kind": "policy",
    "text": "# Returns policy\n\nYou have thirty days.",
    "reason": "First text",
    "versions-TOTAL_FORMS": "0",
    "versions-INITIAL_FORMS": "0",
}


@pytest.fixture
def editor(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("editor"))
    return client


def states() -> list[tuple[int, str, str]]:
    return [
        (version.number, version.state(now()), version.text.split("\n")[-1])
        for version in PolicyVersion.objects.order_by("number")
    ]


def test_an_editor_writes_a_draft_and_publishes_another_text(editor: Client) -> None:
    assert editor.get("/admin/knowledge/policydocument/add/").status_code == 200
    editor.post("/admin/knowledge/policydocument/add/", FORM)
    document = PolicyDocument.objects.get()
    page = f"/admin/knowledge/policydocument/{document.pk}/change/"
    assert b"You have thirty days." in editor.get(page).content

    changed = FORM | {"text": FORM["text"].replace("thirty", "sixty"), "publish_now": "on"}
    editor.post(page, changed)

    assert states() == [
        (1, "draft", "You have thirty days."),
        (2, "published", "You have sixty days."),
    ]
    version = PolicyVersion.objects.get(number=2)
    assert version.author is not None
    assert (version.author.get_username(), version.reason) == ("editor", "First text")


def test_saving_without_another_text_makes_no_version(editor: Client) -> None:
    editor.post("/admin/knowledge/policydocument/add/", FORM)
    page = f"/admin/knowledge/policydocument/{PolicyDocument.objects.get().pk}/change/"

    editor.post(page, FORM | {"title": "Sending things back"})

    assert PolicyDocument.objects.get().title == "Sending things back"
    assert states() == [(1, "draft", "You have thirty days.")]


def test_another_time_for_the_same_text_makes_a_version(editor: Client) -> None:
    editor.post("/admin/knowledge/policydocument/add/", FORM | {"publish_now": "on"})
    page = f"/admin/knowledge/policydocument/{PolicyDocument.objects.get().pk}/change/"
    time = {"effective_from_0": "2090-01-01", "effective_from_1": "12:00"}

    editor.post(page, FORM | time | {"publish_now": "on"})

    assert states() == [
        (1, "published", "You have thirty days."),
        (2, "scheduled", "You have thirty days."),
    ]


def test_the_versions_of_a_document_are_read_at_once(
    editor: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    editor.post("/admin/knowledge/policydocument/add/", FORM)
    document = PolicyDocument.objects.get()
    page = f"/admin/knowledge/policydocument/{document.pk}/change/"
    for person in ("ana", "ben"):
        services.revise(document, text=FORM["text"], author=User.objects.create(username=person))

    with django_assert_num_queries(8):
        editor.get(page)


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"text": "# Only a heading"}, "there is no sentence in this text"),
        (
            {"effective_until_0": "2020-01-01", "effective_until_1": "12:00"},
            "A version must end after it starts.",
        ),
    ],
)
def test_a_text_that_cannot_be_used_is_explained_and_not_stored(
    editor: Client, wrong: dict[str, str], told: str
) -> None:
    answer = editor.post("/admin/knowledge/policydocument/add/", FORM | wrong)

    assert told in answer.content.decode()
    assert not PolicyDocument.objects.exists()


def act(client: Client, action: str) -> str:
    """Choose every version, act on them, return what the page says then."""
    chosen = list(PolicyVersion.objects.values_list("pk", flat=True))
    answer = client.post(
        "/admin/knowledge/policyversion/", {"action": action, "_selected_action": chosen}
    )
    return [str(message) for message in get_messages(answer.wsgi_request)][-1]


def test_versions_are_published_and_withdrawn_from_their_list(editor: Client) -> None:
    editor.post("/admin/knowledge/policydocument/add/", FORM)

    told = [act(editor, action) for action in ("withdraw", "publish", "withdraw", "publish")]

    assert told == [
        "Returns policy, version 1: a draft is told to nobody and cannot be withdrawn",
        "Returns policy, version 1 is published.",
        "Returns policy, version 1 is withdrawn.",
        "Returns policy, version 1: a withdrawn version stays withdrawn;"
        " save its text as a new version",
    ]
    assert states() == [(1, "withdrawn", "You have thirty days.")]


def test_a_version_page_shows_its_passages_and_offers_no_change(editor: Client) -> None:
    editor.post("/admin/knowledge/policydocument/add/", FORM)
    version = PolicyVersion.objects.get()

    page = editor.get(f"/admin/knowledge/policyversion/{version.pk}/change/").content.decode()

    assert "You have thirty days." in page
    assert 'name="text"' not in page
    assert 'name="_save"' not in page
    assert editor.get(f"/admin/knowledge/policyversion/{version.pk}/delete/").status_code == 403


def test_who_may_only_look_cannot_publish(editor: Client, client: Client) -> None:
    editor.post("/admin/knowledge/policydocument/add/", FORM)
    viewer = User.objects.create_user("viewer", is_staff=True)
    viewer.user_permissions.add(Permission.objects.get(codename="view_policyversion"))
    client.force_login(viewer)

    act(client, "publish")

    assert states() == [(1, "draft", "You have thirty days.")]


def test_who_may_only_look_sees_versions_and_no_empty_form(editor: Client, client: Client) -> None:
    editor.post("/admin/knowledge/policydocument/add/", FORM)
    client.force_login(viewer())
    document = PolicyDocument.objects.get()

    page = client.get(f"/admin/knowledge/policydocument/{document.pk}/change/").content.decode()

    assert "Returns policy, version 1" in page
    assert "None" not in page


def viewer() -> User:
    user = User.objects.create_user("viewer", is_staff=True)
    user.groups.add(Group.objects.get(name="supervisor"))
    return user
