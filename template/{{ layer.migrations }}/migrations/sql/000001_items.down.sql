DROP TABLE items;
DROP FUNCTION set_updated_at();
COMMENT ON SCHEMA public IS 'standard public schema';
