create catalog `${catalog_name}` with (
    'type' = 'iceberg',
    'catalog-impl' = 'org.apache.iceberg.jdbc.JdbcCatalog',
    'uri' = '${catalog_uri}',
    'warehouse' = '${warehouse}',
    'jdbc.schema-version' = 'V1'
)
