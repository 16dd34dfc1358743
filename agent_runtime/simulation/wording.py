"""What invented customers say. The scripted agent understands it, and little else."""

import random
from typing import Final, Literal

Wish = Literal[
    "cancel",
    "return",
    "exchange",
    "order_address",
    "profile_address",
    "payment",
    "tracking",
    "total",
    "price",
    "human",
    "discount",
    "help",
    "refused_card",
]
"""What a customer wants to be done or to know."""
Topic = Literal["identity", "order", "items", "options", "reason", "payment", "address"]
"""What an agent may ask a customer for."""
Persona = Literal["terse", "polite", "chatty", "forgetful"]
"""terse: says nothing unasked; polite: identity and order at once; chatty: everything at
once; forgetful: an outdated address, no order number."""

REQUESTS: Final[dict[Wish, tuple[str, ...]]] = {
    "cancel": ("I would like to cancel an order.", "Can you cancel one of my orders?"),
    "return": ("I want to return something that I bought.", "I would like to send something back."),
    "exchange": (
        "I want to exchange something that I bought.",
        "Can I swap something for another version of it?",
    ),
    "order_address": (
        "I need to change the shipping address of an order.",
        "One of my orders goes to the wrong address, can you change it?",
    ),
    "profile_address": (
        "I have moved, please update the default address of my account.",
        "Can you change the address in my profile?",
    ),
    "payment": (
        "I would like to change the payment method of an order.",
        "Can I pay for an order in another way?",
    ),
    "tracking": (
        "What is the tracking number of my order?",
        "Where is my order? I need its tracking number.",
    ),
    "total": ("What was the total of my order?", "How much was my order in total?"),
    "price": ("What does the cheapest {product} cost that you have in stock?",),
    "human": ("I want to talk to a human.", "Please let me speak with a real person."),
    "discount": (
        "Can I get a {percent} % discount on my order?",
        "I have seen it cheaper elsewhere, please give me {percent} % discount on my order.",
    ),
    "help": ("I have a question: {question}?", "Just a short question: {question}?"),
    "refused_card": (
        "The code of my gift card is refused at the checkout, what is wrong with it?",
        "I tried three times: the checkout says that my gift card code is refused.",
        "Since this week the shop refuses the code of my gift card.",
    ),
}
GREETINGS: Final[dict[Persona, tuple[str, ...]]] = {
    "terse": ("", "Hi."),
    "polite": ("Good morning.", "Hello, I hope that you can help me."),
    "chatty": ("Hey there! What a week this has been.", "Hi, it is me again, nice shop that you have."),
    "forgetful": ("Hello?", "Hi, I am a bit lost."),
}
AGREEMENTS: Final[dict[Persona, tuple[str, ...]]] = {
    "terse": ("Yes.", "yes"),
    "polite": ("Yes, please.", "Yes, that is correct, thank you."),
    "chatty": ("Yes, go ahead, that sounds lovely!", "Oh yes, please do, I was hoping for that."),
    "forgetful": ("I think so, yes.", "Yes, I suppose."),
}
FAREWELLS: Final[dict[Persona, tuple[str, ...]]] = {
    "terse": ("No.", "That is all."),
    "polite": ("No, thank you very much.", "That is all, thank you and goodbye."),
    "chatty": ("No, you have been great, have a lovely day!", "That is it, my cat says bye too."),
    "forgetful": ("No, I think that was it.", "Nothing that I remember."),
}


def opening(rng: random.Random, persona: Persona, request: str, told: list[str]) -> str:
    """A first message: a greeting, the request, and what is told unasked."""
    parts = [rng.choice(GREETINGS[persona]), request, *told]
    return " ".join(part for part in parts if part)


def listed(names: list[str]) -> str:
    """Names as one says them: "the A, the B and the C"."""
    said = [f"the {name}" for name in names]
    return said[0] if len(said) == 1 else f"{', '.join(said[:-1])} and {said[-1]}"
