"""``manage.py seed_users``: one demo user for each role; safe to repeat."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.contrib.auth.models import Group, User
from django.core.management import BaseCommand, CommandError

from agents.models import HumanAgent


class Command(BaseCommand):
    help = "Make or mend a user for each --password ROLE=PASSWORD; the user is named as the role."

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
        user, _ = User.objects.get_or_create(username=role, defaults={"is_staff": True})
        user.groups.add(group)
        # A hash is salted: writing the same password again would end everybody's session.
        if not user.check_password(password):
            user.set_password(password)
            user.save(update_fields=["password"])
        if role == "representative":
            HumanAgent.objects.get_or_create(user=user, defaults={"display_name": "Robin"})
