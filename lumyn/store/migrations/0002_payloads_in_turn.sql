-- Payloads come in the order of their entries, none left out, so that many entries can be written by one statement, and
-- their payloads by the next.
DROP TRIGGER payloads_insert;

CREATE TRIGGER payloads_insert BEFORE INSERT ON payloads BEGIN
  SELECT RAISE(ABORT, 'payloads are append-only: seq must be the next')
    WHERE NEW.seq IS NOT (SELECT ifnull(max(seq), -1) + 1 FROM payloads)
      OR NOT EXISTS (SELECT 1 FROM entries WHERE seq = NEW.seq);
END;
