"""The database itself keeps the ledger: entries, lines and stock moves are append-only, lines add up to zero.

Whoever switches the triggers off and edits a row is found by ``manage.py verify_ledger`` (ADR 0013). The two
functions at the end are the statements of ``services/ledger.py``: as functions
their plans are kept (planning them anew took as long as running them).
"""

from django.db import migrations

APPEND_ONLY = ("volunteers_entry", "volunteers_line", "volunteers_stockmove")
NEVER_DELETED = ("volunteers_account", "volunteers_programme")

CREATE = """
CREATE FUNCTION volunteers_ledger_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the points ledger is append-only' USING ERRCODE = 'integrity_constraint_violation';
END
$$;

-- The two lines of an entry are written by one statement, so the sum can be looked at when it ends; a later
-- third one meets the unique index "line_two_sides". In place of foreign keys it is seen that entry and accounts exist
-- and belong to one programme, without the locks of a foreign key (all postings would share those of a few rows).
CREATE FUNCTION volunteers_line_balanced() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM written GROUP BY entry_id HAVING sum(amount) <> 0 OR count(*) <> 2) THEN
        RAISE EXCEPTION 'an entry has two lines that add up to zero' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF EXISTS (
        SELECT FROM written
        LEFT JOIN volunteers_entry AS entry ON entry.id = written.entry_id
        LEFT JOIN volunteers_account AS account ON account.id = written.account_id AND account.programme_id = entry.programme_id
        WHERE account.id IS NULL
    ) THEN
        RAISE EXCEPTION 'a line without entry or account' USING ERRCODE = 'foreign_key_violation';
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER volunteers_line_balanced AFTER INSERT ON volunteers_line
REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION volunteers_line_balanced();

-- An entry and its lines are written by one statement too; this looks when both are there.
CREATE FUNCTION volunteers_entry_has_lines() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM written WHERE NOT EXISTS (SELECT FROM volunteers_line WHERE entry_id = written.id)
    ) THEN
        RAISE EXCEPTION 'an entry needs its two lines' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER volunteers_entry_has_lines AFTER INSERT ON volunteers_entry
REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION volunteers_entry_has_lines();

-- The guarded accounts under their locks, in one order for everybody, and which of the keys are posted already.
CREATE FUNCTION volunteers_ledger_lock(accounts bigint[], keys text[])
RETURNS TABLE (id bigint, balance numeric, seq integer, head bytea, known text[])
LANGUAGE plpgsql SET plan_cache_mode = 'force_generic_plan' AS $$
BEGIN
    RETURN QUERY SELECT account.id, account.balance, account.seq, account.head,
        ARRAY(SELECT entry.key::text FROM volunteers_entry AS entry WHERE entry.key = ANY(keys))
    FROM volunteers_account AS account WHERE account.id = ANY(accounts) ORDER BY account.id FOR NO KEY UPDATE;
END
$$;

-- Everything of a posting. Nothing, and no row back, when one of the keys has been posted since the lock was asked
-- for (by somebody it waited for): the locks are held, so this look sees the truth.
CREATE FUNCTION volunteers_ledger_write(keys text[], entries json, chains json)
RETURNS SETOF bigint LANGUAGE plpgsql SET plan_cache_mode = 'force_generic_plan' AS $$
DECLARE
    chain record;
BEGIN
    IF EXISTS (SELECT FROM volunteers_entry WHERE key = ANY(keys)) THEN
        RETURN;
    END IF;
    RETURN QUERY WITH new AS MATERIALIZED (
        SELECT nextval('volunteers_entry_id_seq') AS id, given.* FROM json_to_recordset(entries) AS given (
            key text, programme bigint, kind text, day date, at timestamptz, reason text, actor bigint, policy bigint,
            reverses bigint, record bigint, redemption bigint, request bigint, amount numeric,
            source bigint, source_seq integer, source_balance numeric, source_hash text,
            target bigint, target_seq integer, target_balance numeric, target_hash text
        )
    ), entry AS (
        INSERT INTO volunteers_entry (id, programme_id, kind, day, at, reason, key, actor_id, policy_id, reverses_id,
                                      record_id, redemption_id, request_id)
        SELECT new.id, programme, kind, day, at, reason, key, actor, policy, reverses, record, redemption, request
        FROM new
    ), line AS (
        INSERT INTO volunteers_line (entry_id, account_id, amount, seq, balance_after, hash)
        SELECT new.id, side.account, side.amount, side.seq, side.balance, decode(side.hash, 'hex')
        FROM new, LATERAL (VALUES (source, -new.amount, source_seq, source_balance, source_hash),
                                  (target, new.amount, target_seq, target_balance, target_hash))
                  AS side (account, amount, seq, balance, hash)
    ) SELECT new.id FROM new;
    FOR chain IN SELECT * FROM json_to_recordset(chains) AS given (id bigint, balance numeric, seq integer, head text)
    LOOP
        UPDATE volunteers_account AS account
        SET balance = chain.balance, seq = chain.seq, head = decode(chain.head, 'hex') WHERE account.id = chain.id;
    END LOOP;
END
$$;
"""
DROP = """
DROP FUNCTION volunteers_ledger_write(text[], json, json);
DROP FUNCTION volunteers_ledger_lock(bigint[], text[]);
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
        *(
            migrations.RunSQL(
                f"CREATE TRIGGER {table}_never_deleted BEFORE DELETE ON {table} "
                "FOR EACH ROW EXECUTE FUNCTION volunteers_ledger_refuse()",
                f"DROP TRIGGER {table}_never_deleted ON {table}",
            )
            for table in NEVER_DELETED
        ),
        # Room on each page, so that a new balance stays on it and touches no index.
        migrations.RunSQL(
            "ALTER TABLE volunteers_account SET (fillfactor = 50)",
            "ALTER TABLE volunteers_account RESET (fillfactor)",
        ),
    ]
