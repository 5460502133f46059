"""How others keep a history: two statements by hand, and those of dbt snapshot (check strategy) for PostgreSQL;
beside them a MERGE that keeps none.

They take one event a key that is newer than all that is stored, and keep no log and no feed for facts.
"""

TABLES = "by_hand, snapshot, others_batch"

STATEMENTS = {
    "a plain MERGE without history": """
        MERGE INTO latest AS t USING others_batch AS s ON t.id = s.id
        WHEN MATCHED AND (t.name, t.city, t.amount, t.changed_at, t.position)
                IS DISTINCT FROM (s.name, s.city, s.amount, s.changed_at, s.position) THEN
            UPDATE SET name = s.name, city = s.city, amount = s.amount, changed_at = s.changed_at, position = s.position
        WHEN NOT MATCHED THEN
            INSERT (id, name, city, amount, changed_at, position)
            VALUES (s.id, s.name, s.city, s.amount, s.changed_at, s.position)""",
    "two statements by hand": """
        UPDATE by_hand AS d SET valid_to = s.changed_at, is_current = false FROM others_batch AS s
        WHERE d.id = s.id AND d.is_current AND (d.name, d.city, d.amount) IS DISTINCT FROM (s.name, s.city, s.amount);
        INSERT INTO by_hand (id, name, city, amount, valid_from)
        SELECT s.id, s.name, s.city, s.amount, s.changed_at FROM others_batch AS s
        WHERE NOT EXISTS (SELECT FROM by_hand AS d WHERE d.id = s.id AND d.is_current)""",
    "dbt snapshot": """
        CREATE TEMP TABLE snapshot__dbt_tmp ON COMMIT DROP AS
        WITH snapshot_query AS (SELECT * FROM others_batch),
        snapshotted_data AS (SELECT *, id AS dbt_unique_key FROM snapshot WHERE dbt_valid_to IS NULL),
        source_data AS (
            SELECT *, id AS dbt_unique_key, changed_at AS dbt_updated_at, changed_at AS dbt_valid_from,
                nullif(changed_at, changed_at) AS dbt_valid_to,
                md5(coalesce(cast(id AS varchar), '') || '|' || coalesce(cast(changed_at AS varchar), '')) AS dbt_scd_id
            FROM snapshot_query),
        insertions AS (
            SELECT 'insert' AS dbt_change_type, s.id, s.name, s.city, s.amount, s.changed_at, s.position,
                s.dbt_updated_at, s.dbt_valid_from, s.dbt_valid_to, s.dbt_scd_id
            FROM source_data AS s LEFT OUTER JOIN snapshotted_data AS d ON s.dbt_unique_key = d.dbt_unique_key
            WHERE d.dbt_unique_key IS NULL OR d.name IS DISTINCT FROM s.name OR d.city IS DISTINCT FROM s.city
                OR d.amount IS DISTINCT FROM s.amount),
        updates AS (
            SELECT 'update' AS dbt_change_type, s.id, s.name, s.city, s.amount, s.changed_at, s.position,
                s.dbt_updated_at, s.dbt_valid_from, s.changed_at AS dbt_valid_to, d.dbt_scd_id
            FROM source_data AS s JOIN snapshotted_data AS d ON s.dbt_unique_key = d.dbt_unique_key
            WHERE d.name IS DISTINCT FROM s.name OR d.city IS DISTINCT FROM s.city OR d.amount IS DISTINCT FROM s.amount)
        SELECT * FROM insertions UNION ALL SELECT * FROM updates;
        UPDATE snapshot SET dbt_valid_to = s.dbt_valid_to FROM snapshot__dbt_tmp AS s
        WHERE s.dbt_scd_id::text = snapshot.dbt_scd_id::text
            AND s.dbt_change_type::text IN ('update'::text, 'delete'::text) AND snapshot.dbt_valid_to IS NULL;
        INSERT INTO snapshot (id, name, city, amount, changed_at, position, dbt_updated_at, dbt_valid_from, dbt_valid_to,
            dbt_scd_id)
        SELECT id, name, city, amount, changed_at, position, dbt_updated_at, dbt_valid_from, dbt_valid_to, dbt_scd_id
        FROM snapshot__dbt_tmp WHERE dbt_change_type::text = 'insert'::text""",
}


def make(server):
    server.sql("""
        CREATE TABLE by_hand (sk bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, id bigint NOT NULL, name text, city text,
            amount numeric, valid_from timestamptz NOT NULL, valid_to timestamptz NOT NULL DEFAULT 'infinity',
            is_current boolean NOT NULL DEFAULT true);
        CREATE UNIQUE INDEX ON by_hand (id) WHERE is_current;
        CREATE TABLE snapshot (id bigint, name text, city text, amount numeric, changed_at timestamptz, position bigint,
            dbt_updated_at timestamptz, dbt_valid_from timestamptz, dbt_valid_to timestamptz, dbt_scd_id text);
        CREATE UNLOGGED TABLE others_batch (id bigint, name text, city text, amount numeric, changed_at timestamptz,
            position bigint)""")


def fill(server, query):
    server.sql("""
        TRUNCATE by_hand, snapshot;
        CREATE TEMP TABLE stored AS %s;
        INSERT INTO by_hand (id, name, city, amount, valid_from) SELECT id, name, city, amount, changed_at FROM stored;
        INSERT INTO snapshot SELECT *, changed_at, changed_at, NULL, md5(id || '|' || changed_at) FROM stored""" % query)


def stage(server, query):
    server.sql("TRUNCATE others_batch; INSERT INTO others_batch %s" % query)
