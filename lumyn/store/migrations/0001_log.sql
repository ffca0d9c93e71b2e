-- One row a schema version; the newest counts.
CREATE TABLE meta (
  schema_version INTEGER PRIMARY KEY,
  store_id       TEXT NOT NULL
) STRICT;

-- The log. A row is a header; commitment and leaf follow from it and from the payload.
CREATE TABLE entries (
  seq         INTEGER PRIMARY KEY,
  kind        TEXT NOT NULL CHECK (kind IN ('genesis', 'record', 'event', 'policy', 'erasure')),
  id          TEXT NOT NULL UNIQUE,
  decision_id TEXT,
  created_at  TEXT NOT NULL,
  tenant      TEXT,
  request_id  TEXT,
  request_mac TEXT,
  commitment  BLOB NOT NULL CHECK (length(commitment) = 32),
  leaf        BLOB NOT NULL CHECK (length(leaf) = 32)
) STRICT;

-- What an erasure overwrites with zeros.
CREATE TABLE payloads (
  seq     INTEGER PRIMARY KEY REFERENCES entries (seq),
  salt    BLOB NOT NULL CHECK (length(salt) = 16),
  payload BLOB NOT NULL
) STRICT;

-- Idempotency. No tenant is a scope of its own: a blob equals no text.
CREATE UNIQUE INDEX records_by_request ON entries (ifnull(tenant, x''), request_id)
  WHERE kind = 'record' AND request_id IS NOT NULL;

-- Events are rare beside records, so this index costs little.
CREATE INDEX events_by_decision ON entries (decision_id) WHERE kind = 'event';

-- Append only. A replacing insert deletes without asking delete triggers, so an insert must find its place free.
CREATE TRIGGER meta_insert BEFORE INSERT ON meta BEGIN
  SELECT RAISE(ABORT, 'meta is append-only')
    WHERE NEW.schema_version IS NOT (SELECT ifnull(max(schema_version), 0) + 1 FROM meta);
END;

CREATE TRIGGER meta_update BEFORE UPDATE ON meta BEGIN
  SELECT RAISE(ABORT, 'meta is append-only');
END;

CREATE TRIGGER meta_delete BEFORE DELETE ON meta BEGIN
  SELECT RAISE(ABORT, 'meta is append-only');
END;

CREATE TRIGGER entries_insert BEFORE INSERT ON entries BEGIN
  SELECT RAISE(ABORT, 'entries are append-only: seq must be the next')
    WHERE NEW.seq IS NOT (SELECT ifnull(max(seq), -1) + 1 FROM entries);
  SELECT RAISE(ABORT, 'entries are append-only: the id exists')
    WHERE EXISTS (SELECT 1 FROM entries WHERE id = NEW.id);
  SELECT RAISE(ABORT, 'entries are append-only: the request_id exists')
    WHERE NEW.kind = 'record' AND NEW.request_id IS NOT NULL AND EXISTS (
      SELECT 1 FROM entries
      WHERE kind = 'record' AND request_id IS NOT NULL
        AND ifnull(tenant, x'') = ifnull(NEW.tenant, x'') AND request_id = NEW.request_id
    );
END;

CREATE TRIGGER entries_update BEFORE UPDATE ON entries BEGIN
  SELECT RAISE(ABORT, 'entries are append-only');
END;

CREATE TRIGGER entries_delete BEFORE DELETE ON entries BEGIN
  SELECT RAISE(ABORT, 'entries are append-only');
END;

-- A payload comes with its entry, while that is the last.
CREATE TRIGGER payloads_insert BEFORE INSERT ON payloads BEGIN
  SELECT RAISE(ABORT, 'payloads are append-only')
    WHERE NEW.seq IS NOT (SELECT max(seq) FROM entries) OR EXISTS (SELECT 1 FROM payloads WHERE seq = NEW.seq);
END;

-- Only what an erasure entry names, only of records and events, and only with as many zeros: a row that were deleted would
-- let others move, and leave old copies of them where no later erasure finds them.
CREATE TRIGGER payloads_update BEFORE UPDATE ON payloads BEGIN
  SELECT RAISE(ABORT, 'payloads are append-only: an erasure overwrites with zeros, and nothing else does')
    WHERE NEW.seq IS NOT OLD.seq OR NEW.salt IS NOT zeroblob(16) OR NEW.payload IS NOT zeroblob(length(OLD.payload));
  SELECT RAISE(ABORT, 'payloads are append-only: no erasure entry names this one')
    WHERE NOT EXISTS (
      SELECT 1 FROM entries AS erased JOIN entries AS erasure ON erasure.id = 'erasure:' || erased.id
      WHERE erased.seq = OLD.seq AND erased.kind IN ('record', 'event') AND erasure.kind = 'erasure'
    );
END;

CREATE TRIGGER payloads_delete BEFORE DELETE ON payloads BEGIN
  SELECT RAISE(ABORT, 'payloads are append-only');
END;
