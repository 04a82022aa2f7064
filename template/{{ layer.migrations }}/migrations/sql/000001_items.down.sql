SET LOCAL lock_timeout = '5s';
SET LOCAL statement_timeout = '60s';

DROP TABLE items;
DROP FUNCTION set_updated_at();
COMMENT ON SCHEMA public IS 'standard public schema';
