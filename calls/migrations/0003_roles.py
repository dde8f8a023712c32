"""Who may see what: three groups that a new user is put into."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

VIEW = ("view",)
EDIT = ("view", "add", "change", "delete")
# Group -> (app, model, actions). A person who makes users does not hear what callers say.
ROLES = {
    "representative": [
        ("calls", "call", VIEW),
        ("orders", "customer", VIEW),
        ("orders", "order", VIEW),
    ],
    "supervisor": [
        ("calls", "call", VIEW),
        ("calls", "recording", ("view", "hear")),
        ("orders", "customer", VIEW),
        ("orders", "order", VIEW),
        ("orders", "orderitem", VIEW),
        ("orders", "fulfilment", VIEW),
        ("orders", "product", VIEW),
        ("orders", "variant", VIEW),
        ("orders", "callidentity", VIEW),
        ("knowledge", "policydocument", VIEW),
        ("knowledge", "policyversion", VIEW),
        ("knowledge", "policypassage", VIEW),
    ],
    "administrator": [
        ("calls", "call", VIEW),
        ("sip", "phonenumber", EDIT),
        ("sip", "trunk", EDIT),
        ("sip", "dispatchrule", VIEW),
        ("agents", "voiceprofile", EDIT),
        ("agents", "humanagent", EDIT),
        ("knowledge", "policydocument", EDIT),
        ("knowledge", "policyversion", ("view", "change")),
        ("knowledge", "policypassage", VIEW),
        ("auth", "user", ("view", "add", "change")),
    ],
}


def make(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    group_model = apps.get_model("auth", "Group")
    permission_model = apps.get_model("auth", "Permission")
    type_model = apps.get_model("contenttypes", "ContentType")
    for role, rows in ROLES.items():
        group, _ = group_model.objects.get_or_create(name=role)
        for app, model, actions in rows:
            # Django makes permissions only after all migrations; these are the same rows earlier.
            content_type, _ = type_model.objects.get_or_create(app_label=app, model=model)
            for action in actions:
                permission, _ = permission_model.objects.get_or_create(
                    content_type=content_type,
                    codename=f"{action}_{model}",
                    defaults={"name": f"Can {action} {model}"},
                )
                group.permissions.add(permission)


def remove(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    apps.get_model("auth", "Group").objects.filter(name__in=ROLES).delete()


class Migration(migrations.Migration):
    dependencies = [
        ("calls", "0002_call_events_are_append_only"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [migrations.RunPython(make, remove)]
