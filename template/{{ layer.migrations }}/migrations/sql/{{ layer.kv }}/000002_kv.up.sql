SET LOCAL lock_timeout = '5s';
SET LOCAL statement_timeout = '60s';

CREATE TABLE kv (
    key text PRIMARY KEY CONSTRAINT kv_key_check CHECK (key ~ '^[A-Za-z0-9._:-]{1,200}$'),
    value jsonb NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);

CREATE TRIGGER kv_set_updated_at
BEFORE UPDATE ON kv
FOR EACH ROW EXECUTE FUNCTION set_updated_at();
