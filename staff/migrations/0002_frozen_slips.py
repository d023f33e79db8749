"""Slips of an approved run never change, and the run keeps its figures: the database itself refuses it (domain §6)."""

from django.db import migrations

CREATE = """
-- One look a statement: a run writes thousands of slips at once.
CREATE FUNCTION staff_slip_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM touched JOIN staff_payrun AS run ON run.id = touched.run_id
        WHERE run.state IN ('approved', 'paid', 'archived')
    ) THEN
        RAISE EXCEPTION 'slips of an approved run never change' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER staff_slip_no_insert AFTER INSERT ON staff_slip
REFERENCING NEW TABLE AS touched FOR EACH STATEMENT EXECUTE FUNCTION staff_slip_frozen();
CREATE TRIGGER staff_slip_no_update AFTER UPDATE ON staff_slip
REFERENCING OLD TABLE AS touched FOR EACH STATEMENT EXECUTE FUNCTION staff_slip_frozen();
CREATE TRIGGER staff_slip_no_delete AFTER DELETE ON staff_slip
REFERENCING OLD TABLE AS touched FOR EACH STATEMENT EXECUTE FUNCTION staff_slip_frozen();

CREATE FUNCTION staff_payrun_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'a pay run is kept' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF (OLD.unit_id, OLD.month, OLD.period, OLD.people, OLD.gross, OLD.insurance, OLD.tax, OLD.net, OLD.employer,
        OLD.digest, OLD.rules)
       IS DISTINCT FROM
       (NEW.unit_id, NEW.month, NEW.period, NEW.people, NEW.gross, NEW.insurance, NEW.tax, NEW.net, NEW.employer,
        NEW.digest, NEW.rules)
       OR NEW.state NOT IN ('approved', 'paid', 'archived') THEN
        RAISE EXCEPTION 'an approved pay run never changes' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER staff_payrun_frozen BEFORE UPDATE ON staff_payrun FOR EACH ROW
WHEN (OLD.state IN ('approved', 'paid', 'archived')) EXECUTE FUNCTION staff_payrun_frozen();
CREATE TRIGGER staff_payrun_kept BEFORE DELETE ON staff_payrun FOR EACH ROW
WHEN (OLD.state IN ('approved', 'paid', 'archived')) EXECUTE FUNCTION staff_payrun_frozen();
"""
DROP = """
DROP TRIGGER staff_payrun_kept ON staff_payrun;
DROP TRIGGER staff_payrun_frozen ON staff_payrun;
DROP FUNCTION staff_payrun_frozen();
DROP TRIGGER staff_slip_no_delete ON staff_slip;
DROP TRIGGER staff_slip_no_update ON staff_slip;
DROP TRIGGER staff_slip_no_insert ON staff_slip;
DROP FUNCTION staff_slip_frozen();
"""


class Migration(migrations.Migration):
    dependencies = [("staff", "0001_initial")]
    operations = [migrations.RunSQL(CREATE, DROP)]
