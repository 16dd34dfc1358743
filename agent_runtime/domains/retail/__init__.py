"""A shop's customer service: its documents, its store and its sixteen tools."""

from agent_runtime.domains.retail.registry import RETAIL_TOOLS
from agent_runtime.domains.retail.shop import Shop, load_shop
from agent_runtime.domains.retail.store import RetailDatabase, RetailStore

__all__ = ["RETAIL_TOOLS", "RetailDatabase", "RetailStore", "Shop", "load_shop"]
