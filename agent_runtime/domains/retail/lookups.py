"""Tools that look things up."""

import json

from agent_runtime.domains.retail.store import RetailStore
from agent_runtime.errors import ToolRefusal
from agent_runtime.tools import tool


@tool(effect="read")
def find_user_id_by_email(store: RetailStore, email: str) -> str:
    """Look up a customer's user id by e-mail address. Fails if no customer has it.

    Args:
        email: The customer's e-mail address, such as 'jane@example.com'.
    """
    return _found(store.user_id_by_email(email))


@tool(effect="read")
def find_user_id_by_name_zip(
    store: RetailStore,
    first_name: str,
    last_name: str,
    zip: str,  # noqa: A002 - the argument's public name
) -> str:
    """Look up a customer's user id by name and zip code.

    Use it only where the e-mail address finds nobody or is not remembered. Fails if
    nobody fits.

    Args:
        first_name: The customer's first name, such as 'Jane'.
        last_name: The customer's last name, such as 'Doe'.
        zip: The zip code of the customer's address, such as '12345'.
    """
    return _found(store.user_id_by_name_zip(first_name, last_name, zip))


@tool(effect="read")
def get_user_details(store: RetailStore, user_id: str) -> str:
    """Read a customer's profile: name, address, e-mail, payment methods and order ids.

    Args:
        user_id: The user id, such as 'jane_doe_1234'.
    """
    return json.dumps(store.user(user_id))


@tool(effect="read")
def get_order_details(store: RetailStore, order_id: str) -> str:
    """Read an order: items, status, address, parcels and payments.

    Args:
        order_id: The order id with its leading '#', such as '#W0000000'.
    """
    return json.dumps(store.order(order_id))


@tool(effect="read")
def get_product_details(store: RetailStore, product_id: str) -> str:
    """Read a product: all its variants with options, price and availability.

    Args:
        product_id: The product id, such as '6086499569'; not an item id.
    """
    return json.dumps(store.product(product_id))


@tool(effect="read")
def list_all_product_types(store: RetailStore) -> str:
    """List all product types by name with their product ids, in alphabetical order."""
    return json.dumps(dict(sorted(store.products().items())))


def _found(user_id: str | None) -> str:
    if user_id is None:
        raise ToolRefusal("user not found")
    return user_id
