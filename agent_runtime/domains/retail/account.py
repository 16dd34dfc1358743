"""Tools that change a customer's profile."""

import json

from agent_runtime.domains.retail.documents import Address
from agent_runtime.domains.retail.store import RetailStore
from agent_runtime.tools import tool


@tool(effect="write", idempotent=True)
def modify_user_address(
    store: RetailStore,
    user_id: str,
    *,
    address1: str,
    address2: str,
    city: str,
    state: str,
    country: str,
    zip: str,  # noqa: A002 - the argument's public name
) -> str:
    """Change a customer's default address; orders keep theirs.

    Explain the details and get the customer's explicit yes before calling. Answers the
    profile as it is afterwards.

    Args:
        user_id: The user id, such as 'jane_doe_1234'.
        address1: First line of the address, such as '123 Main St'.
        address2: Second line of the address, such as 'Apt 1', or ''.
        city: The city, such as 'San Francisco'.
        state: The state, such as 'CA'.
        country: The country, such as 'USA'.
        zip: The zip code, such as '12345'.
    """
    user = store.user(user_id)
    user["address"] = Address(
        address1=address1, address2=address2, city=city, state=state, country=country, zip=zip
    )
    with store.transaction():
        store.put_user(user_id, user)
    return json.dumps(user)
