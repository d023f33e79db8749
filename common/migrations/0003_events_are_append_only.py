"""The database itself refuses to change or delete an event (design §2.3).

Whoever switches the trigger off and edits a row is found by ``manage.py verify_history``.
"""

from django.db import migrations

CREATE = """
CREATE FUNCTION common_event_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'events are append-only' USING ERRCODE = 'integrity_constraint_violation';
END
$$;
CREATE TRIGGER common_event_append_only BEFORE UPDATE OR DELETE ON common_event
FOR EACH ROW EXECUTE FUNCTION common_event_refuse();
"""
DROP = """
DROP TRIGGER common_event_append_only ON common_event;
DROP FUNCTION common_event_refuse();
"""


class Migration(migrations.Migration):
    dependencies = [("common", "0002_tables")]
    operations = [migrations.RunSQL(CREATE, DROP)]
