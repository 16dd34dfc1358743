"""What the invented shop's help center says, and what its customers ask."""

from typing import Final

from msgspec import Struct


class Article(Struct, frozen=True, kw_only=True):
    """An article.

    Attributes:
        id: Its name.
        topic: Articles of one topic are somewhat to the point of each other's questions.
        title: What is shown in a list.
        text: What it says.
        outdated: What it said before the shop changed its rules.
        fact: The part of the text that answers the questions.
        questions: What customers ask that it answers.
    """

    id: str
    topic: str
    title: str
    text: str
    outdated: str
    fact: str
    questions: tuple[str, ...]


def _article(
    article_id: str, topic: str, title: str, text: str, *, fact: str, before: str, questions: tuple[str, ...]
) -> Article:
    """An article whose text has ``{}`` where the fact stands."""
    return Article(
        id=article_id,
        topic=topic,
        title=title,
        text=text.format(fact),
        outdated=text.format(before),
        fact=fact,
        questions=questions,
    )


ARTICLES: Final = (
    _article(
        "sending-back-window",
        "sending back",
        "How long you can send things back",
        "Whatever you do not like can be sent back for {} after it has arrived.",
        fact="30 days",
        before="100 days",
        questions=("how many days do I have to send something back", "until when can things be sent back"),
    ),
    _article(
        "sending-back-cost",
        "sending back",
        "What sending back costs",
        "Sending a parcel back costs {}, which is taken off the refund.",
        fact="$6.50",
        before="$0.00",
        questions=("what does it cost to send a parcel back", "who pays when I send a parcel back"),
    ),
    _article(
        "refund-time",
        "sending back",
        "When the money is back",
        "A refund is made {} after the parcel has arrived with us.",
        fact="5 working days",
        before="2 working days",
        questions=("how long does a refund take", "when is my money back after the parcel arrived"),
    ),
    _article(
        "standard-delivery",
        "delivery",
        "How long delivery takes",
        "Standard delivery takes {} within the country.",
        fact="3 to 5 working days",
        before="1 to 2 working days",
        questions=("how long does standard delivery take", "how many working days is delivery"),
    ),
    _article(
        "express-delivery",
        "delivery",
        "Express delivery",
        "Express delivery arrives the next working day and costs {} extra.",
        fact="$14.00",
        before="$9.00",
        questions=("what does express delivery cost", "how much extra is it to get a parcel the next day"),
    ),
    _article(
        "free-delivery",
        "delivery",
        "When delivery is free",
        "Delivery is free from {} on.",
        fact="$75.00",
        before="$40.00",
        questions=("from which amount is delivery free", "when do I not pay for delivery"),
    ),
    _article(
        "lost-parcel",
        "delivery",
        "A parcel that does not come",
        "A parcel counts as lost {} after it was handed over, and is sent anew.",
        fact="10 days",
        before="21 days",
        questions=("when does a parcel count as lost", "my parcel does not come, how long must I wait"),
    ),
    _article(
        "tent-warranty",
        "warranty",
        "Warranty of tents and outdoor gear",
        "Tents, quilts and stoves have a warranty of {}.",
        fact="36 months",
        before="60 months",
        questions=("how long is the warranty of a tent", "is a stove still under warranty after two years"),
    ),
    _article(
        "clothes-warranty",
        "warranty",
        "Warranty of clothes",
        "Seams and zips of clothes are mended free of charge for {}.",
        fact="24 months",
        before="12 months",
        questions=("how long are zips mended free of charge", "do you mend the seams of clothes"),
    ),
    _article(
        "repair-cost",
        "warranty",
        "What a repair costs",
        "A repair that no warranty covers costs {} and the material.",
        fact="$25.00",
        before="$15.00",
        questions=("what does a repair cost without warranty", "how much do you take for a repair"),
    ),
    _article(
        "points-worth",
        "points",
        "What points are worth",
        "Every {} are worth a dollar.",
        fact="100 points",
        before="50 points",
        questions=("what are my points worth", "how many points make a dollar"),
    ),
    _article(
        "points-expiry",
        "points",
        "When points expire",
        "Points expire {} after the last purchase.",
        fact="18 months",
        before="36 months",
        questions=("when do my points expire", "how long are points kept after a purchase"),
    ),
    _article(
        "gift-card-validity",
        "gift cards",
        "How long gift cards are valid",
        "A gift card is valid for {}.",
        fact="5 years",
        before="2 years",
        questions=("how long is a gift card valid", "do gift cards expire after some years"),
    ),
    _article(
        "gift-card-amounts",
        "gift cards",
        "Amounts of gift cards",
        "Gift cards can be bought from $10 to {}.",
        fact="$500",
        before="$250",
        questions=("which amounts do gift cards have", "what is the highest amount of a gift card"),
    ),
    _article(
        "installments",
        "paying",
        "Paying in parts",
        "From $120 on, a purchase can be paid in {}.",
        fact="4 parts",
        before="6 parts",
        questions=("in how many parts can I pay", "can a purchase be paid in parts"),
    ),
    _article(
        "invoice-time",
        "paying",
        "Paying by invoice",
        "An invoice is due {} after delivery.",
        fact="14 days",
        before="30 days",
        questions=("when is an invoice due", "how many days after delivery do I pay an invoice"),
    ),
)
"""No question may contain a cue of another wish of :mod:`agent_runtime.simulation.understanding`."""
BY_ID: Final = {article.id: article for article in ARTICLES}
ANSWERED_BY: Final = {question: article for article in ARTICLES for question in article.questions}
"""The article that answers a question."""
