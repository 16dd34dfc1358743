select 1
from sessions
where session_id = :session_id
