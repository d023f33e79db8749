"""The database itself keeps the ledger: entries, lines and stock moves are append-only, lines add up to zero.

Whoever switches the triggers off and edits a row is found by ``manage.py verify_ledger`` (ADR 0013).
"""

from django.db import migrations

APPEND_ONLY = ("volunteers_entry", "volunteers_line", "volunteers_stockmove")

CREATE = """
CREATE FUNCTION volunteers_ledger_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the points ledger is append-only' USING ERRCODE = 'integrity_constraint_violation';
END
$$;

-- The two lines of an entry are written by one statement, so the sum can be looked at when it ends.
CREATE FUNCTION volunteers_line_balanced() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM volunteers_line
        WHERE entry_id IN (SELECT entry_id FROM written)
        GROUP BY entry_id HAVING sum(amount) <> 0 OR count(*) <> 2
    ) THEN
        RAISE EXCEPTION 'an entry has two lines that add up to zero' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER volunteers_line_balanced AFTER INSERT ON volunteers_line
REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION volunteers_line_balanced();

CREATE FUNCTION volunteers_entry_has_lines() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM volunteers_line WHERE entry_id = NEW.id) THEN
        RAISE EXCEPTION 'an entry needs its two lines' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER volunteers_entry_has_lines AFTER INSERT ON volunteers_entry
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION volunteers_entry_has_lines();
"""
DROP = """
DROP TRIGGER volunteers_entry_has_lines ON volunteers_entry;
DROP FUNCTION volunteers_entry_has_lines();
DROP TRIGGER volunteers_line_balanced ON volunteers_line;
DROP FUNCTION volunteers_line_balanced();
DROP FUNCTION volunteers_ledger_refuse();
"""


class Migration(migrations.Migration):
    dependencies = [("volunteers", "0001_initial")]
    operations = [
        migrations.RunSQL(CREATE, DROP),
        *(
            migrations.RunSQL(
                f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
                "FOR EACH ROW EXECUTE FUNCTION volunteers_ledger_refuse()",
                f"DROP TRIGGER {table}_append_only ON {table}",
            )
            for table in APPEND_ONLY
        ),
    ]
