"""The documents of the shop, as the public data set has them.

Money is in US dollars. Fields that only an event adds are not required.
"""

from typing import Any, Literal, NotRequired, TypedDict

Kind = Literal["orders", "products", "users"]
KINDS: tuple[Kind, ...] = ("orders", "products", "users")


class Address(TypedDict):
    """Where a parcel goes."""

    address1: str
    address2: str
    city: str
    state: str
    country: str
    zip: str


class Name(TypedDict):
    """A customer's name."""

    first_name: str
    last_name: str


class PaymentMethod(TypedDict):
    """How a customer pays; only a gift card has a balance."""

    source: Literal["credit_card", "paypal", "gift_card"]
    id: str
    balance: NotRequired[float]
    brand: NotRequired[str]
    last_four: NotRequired[str]


class User(TypedDict):
    """A customer of the shop."""

    name: Name
    address: Address
    email: str
    payment_methods: dict[str, PaymentMethod]
    orders: list[str]


class Variant(TypedDict):
    """An item that can be bought: one choice of a product's options."""

    item_id: str
    options: dict[str, str]
    available: bool
    price: float


class Product(TypedDict):
    """A type of product with its variants by item id."""

    name: str
    product_id: str
    variants: dict[str, Variant]


class OrderItem(TypedDict):
    """A piece in an order, at the price that was paid."""

    name: str
    product_id: str
    item_id: str
    price: float
    options: dict[str, str]


class Payment(TypedDict):
    """Money that moved for an order."""

    transaction_type: Literal["payment", "refund"]
    amount: float
    payment_method_id: str


class Order(TypedDict):
    """An order and what happened to it."""

    order_id: str
    user_id: str
    address: Address
    items: list[OrderItem]
    fulfillments: list[dict[str, Any]]
    status: str
    payment_history: list[Payment]
    cancel_reason: NotRequired[str]
    return_items: NotRequired[list[str]]
    return_payment_method_id: NotRequired[str]
    exchange_items: NotRequired[list[str]]
    exchange_new_items: NotRequired[list[str]]
    exchange_payment_method_id: NotRequired[str]
    exchange_price_difference: NotRequired[float]
