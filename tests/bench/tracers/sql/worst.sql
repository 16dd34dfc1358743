-- Gold has no row a conversation: silver is asked.
select
    conversation_id,
    tool_errors
from silver.conversations
order by tool_errors desc, cost_usd desc, conversation_id desc
limit 10
