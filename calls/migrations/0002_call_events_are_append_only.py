"""The database itself refuses to change what happened in a call."""

from django.db import migrations

REFUSE = """
CREATE FUNCTION call_event_refuse_update() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'call events are append-only' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER call_event_append_only BEFORE UPDATE ON calls_callevent
    FOR EACH ROW EXECUTE FUNCTION call_event_refuse_update();
"""
ALLOW = """
DROP TRIGGER call_event_append_only ON calls_callevent;
DROP FUNCTION call_event_refuse_update();
"""


class Migration(migrations.Migration):
    dependencies = [("calls", "0001_calls")]

    operations = [migrations.RunSQL(REFUSE, ALLOW)]
