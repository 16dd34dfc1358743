select
    json_extract(body, '$.name') as name,
    json_extract(body, '$.product_id') as product_id
from documents
where conversation_id = '' and kind = 'products'
order by position
