"""The retail agent's tools."""

from typing import Final

from agent_runtime.domains.retail import account, delivered, lookups, pending, talk
from agent_runtime.domains.retail.store import RetailStore
from agent_runtime.tools import ToolRegistry

RETAIL_TOOLS: Final[ToolRegistry[RetailStore]] = ToolRegistry(
    [
        talk.calculate,
        pending.cancel_pending_order,
        delivered.exchange_delivered_order_items,
        lookups.find_user_id_by_email,
        lookups.find_user_id_by_name_zip,
        lookups.get_order_details,
        lookups.get_product_details,
        lookups.get_user_details,
        lookups.list_all_product_types,
        pending.modify_pending_order_address,
        pending.modify_pending_order_items,
        pending.modify_pending_order_payment,
        account.modify_user_address,
        delivered.return_delivered_order_items,
        talk.think,
        talk.transfer_to_human_agents,
    ]
)
