SELECT {names}
FROM read_parquet({source}, filename = true, file_row_number = true) AS data
ANTI JOIN (
    SELECT
        regexp_replace(file_path, '^file:(//)?', '') AS deleted_from,
        pos
    FROM read_parquet({deletes})
) AS deletes
    ON data.filename = deletes.deleted_from AND data.file_row_number = deletes.pos
