"""``manage.py seed_users``: one demo user for each role; safe to repeat."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.contrib.auth.models import Group, User
from django.core.management import BaseCommand, CommandError

from agents.models import HumanAgent


class Command(BaseCommand):
    help = "Make a user for each --password ROLE=PASSWORD, unless there is one of that name."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--password", action="append", default=[], metavar="ROLE=PASSWORD")

    def handle(self, *args: Any, **options: Any) -> None:
        for given in options["password"]:
            role, _, password = given.partition("=")
            group = Group.objects.filter(name=role).first()
            if group is None or not password:
                known = ", ".join(Group.objects.order_by("name").values_list("name", flat=True))
                raise CommandError(f"--password wants ROLE=PASSWORD; the roles are {known}")
            self.make(role, password, group)

    def make(self, role: str, password: str, group: Group) -> None:
        # Whoever was changed in the admin since stays as changed: another password, no role.
        if User.objects.filter(username=role).exists():
            return
        user = User.objects.create_user(role, password=password, is_staff=True)
        user.groups.add(group)
        if role == "representative":
            HumanAgent.objects.get_or_create(user=user, defaults={"display_name": "Robin"})
