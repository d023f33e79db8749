"""One movement in one statement, and one door to the ledger (ADR 0013).

Entries and lines are written by the trigger of a view alone, which writes both lines of an entry from one number:
what it writes needs no second look. Looking at each posting once more took a fifth of its time.

Plans are kept for as long as a connection lives, so those made while the ledger was empty would read whole
tables ever after: every function that posts plans without that, and with it the trigger it sets off.
"""

from django.db import migrations, models

DOOR = """
CREATE FUNCTION volunteers_ledger_door_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'entries and lines are written by posting' USING ERRCODE = 'integrity_constraint_violation';
END
$$;
CREATE TRIGGER volunteers_entry_door BEFORE INSERT ON volunteers_entry
FOR EACH STATEMENT WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION volunteers_ledger_door_only();
CREATE TRIGGER volunteers_line_door BEFORE INSERT ON volunteers_line
FOR EACH STATEMENT WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION volunteers_ledger_door_only();

-- An entry with both its sides. Nothing is ever read here; it names no table, so columns may still be widened.
CREATE VIEW volunteers_ledger_door AS SELECT
    NULL::bigint AS id, NULL::bigint AS programme, NULL::text AS kind, NULL::date AS day, NULL::timestamptz AS at,
    NULL::text AS reason, NULL::text AS key, NULL::bigint AS actor, NULL::bigint AS policy, NULL::bigint AS reverses,
    NULL::bigint AS record, NULL::bigint AS redemption, NULL::bigint AS request, NULL::numeric AS points,
    NULL::bigint AS source, NULL::integer AS source_seq, NULL::numeric AS source_balance, NULL::bytea AS source_hash,
    NULL::bigint AS target, NULL::integer AS target_seq, NULL::numeric AS target_balance, NULL::bytea AS target_hash
WHERE false;

-- In place of foreign keys it is seen that both accounts exist and belong to the programme, without the locks of a foreign
-- key (all postings would share those of a few rows). An entry whose key is taken is left out.
CREATE FUNCTION volunteers_ledger_enter() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO volunteers_entry (programme_id, kind, day, at, reason, key, actor_id, policy_id, reverses_id,
                                  record_id, redemption_id, request_id)
    SELECT NEW.programme, NEW.kind, NEW.day, NEW.at, NEW.reason, NEW.key, NEW.actor, NEW.policy, NEW.reverses,
           NEW.record, NEW.redemption, NEW.request
    FROM volunteers_account AS source, volunteers_account AS target
    WHERE source.id = NEW.source AND source.programme_id = NEW.programme
      AND target.id = NEW.target AND target.programme_id = NEW.programme
    ON CONFLICT (key) DO NOTHING RETURNING id INTO NEW.id;
    IF NEW.id IS NOT NULL THEN
        INSERT INTO volunteers_line (entry_id, account_id, amount, seq, balance_after, hash)
        VALUES (NEW.id, NEW.source, -NEW.points, NEW.source_seq, NEW.source_balance, NEW.source_hash),
               (NEW.id, NEW.target, NEW.points, NEW.target_seq, NEW.target_balance, NEW.target_hash);
        RETURN NEW;
    END IF;
    IF EXISTS (SELECT FROM volunteers_entry WHERE volunteers_entry.key = NEW.key) THEN
        RETURN NULL;
    END IF;
    RAISE EXCEPTION 'a line without account in its programme' USING ERRCODE = 'foreign_key_violation';
END
$$;
CREATE TRIGGER volunteers_ledger_enter INSTEAD OF INSERT ON volunteers_ledger_door
FOR EACH ROW EXECUTE FUNCTION volunteers_ledger_enter();

DROP TRIGGER volunteers_entry_has_lines ON volunteers_entry;
DROP FUNCTION volunteers_entry_has_lines();
DROP TRIGGER volunteers_line_balanced ON volunteers_line;
DROP FUNCTION volunteers_line_balanced();
"""

# A movement between a guarded account and an open side. The caller has reckoned it from the account as it last saw
# it; a row that is still so is locked and moved on, else nothing is written and nothing comes back. Whoever
# holds the row is waited for, so nobody posts on a balance that is about to change.
ONE = """
CREATE FUNCTION volunteers_ledger_post(
    programme bigint, kind text, day date, at timestamptz, reason text, key text, actor bigint, policy bigint,
    reverses bigint, record bigint, redemption bigint, request bigint, open_side bigint, guarded bigint,
    points numeric, seen_seq integer, seen_head bytea, new_balance numeric, line_hash bytea, new_head bytea
) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    posted bigint;
BEGIN
    UPDATE volunteers_account AS account SET balance = new_balance, seq = seen_seq + 1, head = new_head
    WHERE account.id = guarded AND account.balance = new_balance - points
      AND account.seq = seen_seq AND account.head = seen_head;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    INSERT INTO volunteers_ledger_door AS door (
        programme, kind, day, at, reason, key, actor, policy, reverses, record, redemption, request, points, source,
        target, target_seq, target_balance, target_hash
    ) VALUES (
        programme, kind, day, at, reason, key, actor, policy, reverses, record, redemption, request, points, open_side,
        guarded, seen_seq + 1, new_balance, line_hash
    ) RETURNING door.id INTO posted;
    IF posted IS NULL THEN  -- the key was posted before: the account as it was
        UPDATE volunteers_account AS account SET balance = new_balance - points, seq = seen_seq, head = seen_head
        WHERE account.id = guarded;
    END IF;
    RETURN posted;
END
$$;
"""

# Many movements. Nothing, and no row back, when one of the keys has been posted since the lock was asked for (by
# somebody it waited for): the locks are held, so this look sees the truth.
MANY = """
CREATE OR REPLACE FUNCTION volunteers_ledger_write(keys text[], entries json, chains json)
RETURNS SETOF bigint LANGUAGE plpgsql SET plan_cache_mode = 'force_generic_plan' SET enable_seqscan = off AS $$
DECLARE
    chain record;
    posted integer;
BEGIN
    IF EXISTS (SELECT FROM volunteers_entry WHERE key = ANY(keys)) THEN
        RETURN;
    END IF;
    RETURN QUERY INSERT INTO volunteers_ledger_door (
        programme, kind, day, at, reason, key, actor, policy, reverses, record, redemption, request, points,
        source, source_seq, source_balance, source_hash, target, target_seq, target_balance, target_hash
    ) SELECT
        programme, kind, day, at, reason, key, actor, policy, reverses, record, redemption, request, amount,
        source, source_seq, source_balance, decode(source_hash, 'hex'),
        target, target_seq, target_balance, decode(target_hash, 'hex')
    FROM json_to_recordset(entries) AS given (
        key text, programme bigint, kind text, day date, at timestamptz, reason text, actor bigint, policy bigint,
        reverses bigint, record bigint, redemption bigint, request bigint, amount numeric,
        source bigint, source_seq integer, source_balance numeric, source_hash text,
        target bigint, target_seq integer, target_balance numeric, target_hash text
    ) RETURNING id;
    GET DIAGNOSTICS posted = ROW_COUNT;
    IF posted <> cardinality(keys) THEN  -- somebody with other accounts took a key just now
        RAISE EXCEPTION 'an entry was posted before' USING ERRCODE = 'unique_violation';
    END IF;
    FOR chain IN SELECT * FROM json_to_recordset(chains) AS given (id bigint, balance numeric, seq integer, head text)
    LOOP
        UPDATE volunteers_account AS account
        SET balance = chain.balance, seq = chain.seq, head = decode(chain.head, 'hex') WHERE account.id = chain.id;
    END LOOP;
END
$$;
"""

# What check constraint "account_owner" said. An update of balances does not set it off.
OWNER = """
CREATE FUNCTION volunteers_account_owner() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.kind NOT IN ('person', 'pool', 'shop', 'issue', 'expiry', 'correction')
       OR (NEW.kind = 'person') <> (NEW.volunteer_id IS NOT NULL)
       OR (NEW.kind = 'pool') <> (NEW.unit_id IS NOT NULL)
       OR (NEW.kind = 'shop') <> (NEW.shop_id IS NOT NULL)
    THEN
        RAISE EXCEPTION 'account_owner: an account of kind % has another owner', NEW.kind USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER volunteers_account_owner AFTER INSERT OR UPDATE OF kind, volunteer_id, unit_id, shop_id
ON volunteers_account FOR EACH ROW EXECUTE FUNCTION volunteers_account_owner();
"""
NO_OWNER = """
DROP TRIGGER volunteers_account_owner ON volunteers_account;
DROP FUNCTION volunteers_account_owner();
"""

# --- the way back: the guards and the function of 0002

CLOSE_DOOR = """
DROP VIEW volunteers_ledger_door;
DROP FUNCTION volunteers_ledger_enter();
DROP TRIGGER volunteers_line_door ON volunteers_line;
DROP TRIGGER volunteers_entry_door ON volunteers_entry;
DROP FUNCTION volunteers_ledger_door_only();

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
"""
MANY_BEFORE = """
-- Everything of a posting. Nothing, and no row back, when one of the keys has been posted since the lock was asked
-- for (by somebody it waited for): the locks are held, so this look sees the truth.
CREATE OR REPLACE FUNCTION volunteers_ledger_write(keys text[], entries json, chains json)
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
LOCK = "ALTER FUNCTION volunteers_ledger_lock(bigint[], text[])"


class Migration(migrations.Migration):
    dependencies = [("volunteers", "0003_objections_of_records")]
    operations = [
        migrations.RemoveConstraint(model_name="account", name="account_owner"),
        migrations.RunSQL(OWNER, NO_OWNER),
        # The same kinds as before, in a form that is read faster at each posting.
        migrations.RemoveConstraint(model_name="entry", name="entry_kind"),
        migrations.AddConstraint(
            model_name="entry",
            constraint=models.CheckConstraint(
                condition=models.Q(kind__regex="^(earn|joining|item|manual|opening|redeem|donate|expire|reverse)$"),
                name="entry_kind",
            ),
        ),
        migrations.RunSQL(DOOR, CLOSE_DOOR),
        migrations.RunSQL(ONE, "DROP FUNCTION volunteers_ledger_post"),
        migrations.RunSQL(MANY, MANY_BEFORE),
        migrations.RunSQL(f"{LOCK} SET enable_seqscan = off", f"{LOCK} RESET enable_seqscan"),
    ]
