"""Money: who pays how, and what a gift card still holds. Amounts are US dollars."""

from agent_runtime.domains.retail.documents import Payment, PaymentMethod, User
from agent_runtime.errors import ToolRefusal


def round_cents(amount: float) -> float:
    """An amount rounded to cents."""
    return round(amount, 2)


def payment_method(user: User, method_id: str) -> PaymentMethod:
    """A customer's payment method.

    Raises:
        ToolRefusal: The customer has none of this id.
    """
    if method_id not in user["payment_methods"]:
        raise ToolRefusal("payment method not found")
    return user["payment_methods"][method_id]


def require_balance(method: PaymentMethod, amount: float, what_for: str) -> None:
    """Refuses where a gift card holds less than an amount; other methods have no limit.

    Raises:
        ToolRefusal: The gift card does not cover the amount.
    """
    if is_gift_card(method) and method["balance"] < amount:
        raise ToolRefusal(f"insufficient gift card balance to pay for the {what_for}")


def is_gift_card(method: PaymentMethod) -> bool:
    """Whether money moves on the method at once."""
    return method["source"] == "gift_card"


def charge(method: PaymentMethod, amount: float) -> None:
    """Takes an amount from a gift card, or gives back a negative one; other methods settle elsewhere."""
    if is_gift_card(method):
        method["balance"] = round_cents(method["balance"] - amount)


def paid(amount: float, method_id: str) -> Payment:
    """The record of a payment, or of a refund where the amount is not positive."""
    return {
        "transaction_type": "payment" if amount > 0 else "refund",
        "amount": abs(amount),
        "payment_method_id": method_id,
    }
