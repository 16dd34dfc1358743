select
    id as customer_id,
    name
from customers
where email = :email
