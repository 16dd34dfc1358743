"""Which company a played customer belongs to, and what events call the customer: fixed rules.

Recorded data sets have one shop. To give the tables more than one tenant, each customer
is assigned to one of four companies of different size by the hash of the customer id, so
that the same customer, and thus the same task, is always with the same company.
"""

import hashlib
from typing import Final

SHARES: Final = {"aurora-outfitters": 45, "birch-home": 30, "cobalt-sports": 15, "dune-kids": 10}
"""Percent of the customers by company."""


def tenant_of(customer_id: str) -> str:
    """The company of a customer."""
    place = int.from_bytes(hashlib.sha256(customer_id.encode()).digest()[:8], "big") % 100
    for tenant, share in SHARES.items():
        place -= share
        if place < 0:
            return tenant
    raise AssertionError("the shares do not add up to 100")


def customer_key(customer_id: str, tenant_id: str | None = None) -> str:
    """What events call a customer: a pseudonym of 16 hexadecimal digits, told apart by company.

    Who knows the customer's id can compute it: it keeps names out of the events, no more.

    Args:
        customer_id: The customer.
        tenant_id: The company; that of the fixed rules unless said.
    """
    company = tenant_of(customer_id) if tenant_id is None else tenant_id
    return hashlib.sha256(f"{company}/{customer_id}".encode()).hexdigest()[:16]
