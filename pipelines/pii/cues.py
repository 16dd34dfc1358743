"""What people write before and after names, addresses and places, so that a reader knows them."""

import re
from collections.abc import Iterable
from typing import Final

REACH: Final = 60
"""How many characters before and after a word are looked at."""

_RELATIVES: Final = "husband|wife|partner|spouse|son|daughter|mother|father|mom|dad|brother|sister|friend"
_ANSWERED: Final = r"\b[^.!?\n]{0,40}\?\s*(?:\w+:|it['’]?s|it is)?(?: in| at)?"
_MOVED: Final = (
    "lives?|living|lived|moved?|back|here|home|trip|flew|travell?ing|arrived|over|conference|based"
    "|return(?:ed)?"
)


def _ends_with(phrases: Iterable[str], end: str = r"\s*") -> re.Pattern[str]:
    return re.compile(rf"(?:{'|'.join(phrases)}){end}$", re.IGNORECASE)


BEFORE_ANY_NAME: Final = _ends_with(
    (
        r"\b(?:name|surname)(?:['’]?s| is| was| as|\s*[:=-])(?: now)?:?",
        r"\bname[^.?!\n]{0,40}\?\s*(?:[A-Z]\w+:|it['’]?s|it is|that['’]?s|sure[,.:]?)?",
        r"\bname[^.?!\n]{0,30} to(?: be)?",
        r"\b(?:signed|undersigned|beneficiary|cardholder|recipient|attn|attention|c/o)\s*[:.]?",
        r"\b(?:correct|change|update) it to",
    ),
    r"\s*[\"'“*]*",
)
"""What no other word than a name follows."""
NAME_INTRODUCED: Final = (
    *("name", "signed", "beneficiary", "cardholder", "recipient", "attn", "attention", "c/o"),
    *("correct it to", "change it to", "update it to"),
)
"""One of these is, in lower case, in every text in which something fits :data:`BEFORE_ANY_NAME`."""
BEFORE_A_NAME: Final = _ends_with(
    (
        r"\b(?:i am|i['’]m|this is|it['’]s|call(?:ed)? me|called|named|name[ds]? (?:him|her|them)|known as)",
        r"\b(?:under|on behalf of|registered (?:to|under)|belongs to|speak(?:ing)? (?:to|with)|ask for|met)",
        r"\b(?:dear|hi|hello|hey|greetings|good (?:morning|afternoon|evening)|welcome)(?: there)?,?",
        r"\b(?:thanks|thank you|regards|sincerely|cheers|best|yours|love|respectfully),?",
        rf"\b(?:{_RELATIVES})(?:['’]s name)?(?: is|[:,])?",
        r"\b(?:boss|colleague|roommate|neighbou?r|manager|owner|ceo|founders?|assistant|author|director)[:,]?",
        r"\b(?:producer|singer|songwriter|player|president|leader|minister|starring)",
        r"\b(?:directed|written|sung) by",
        r"\bnot by|\badd|\bremember",
    ),
    r"\s*[\"'“*]*",
)
"""What a name often follows: an unknown word there is one."""
AFTER_A_NAME: Final = re.compile(
    r"(?:['’]s?)? (?:speaking|here\b|said|says|asked|told|lives?|lived|works|worked|wrote|sang|shouted|flew"
    r"|points|speak|loves|likes|wants|needs|bought|ordered|concert|as a|and I|is (?:my|his|her|our)|had given"
    r"|spent|is from|was born|called|emailed|paid|will be)\b"
    r"|['’]s? (?:address|account|order|name|email|phone|card|kid|house|husband|wife|birthday)"
    r"|, (?:the|can|could|please|your|my|our|a|an|\d)"
    r"|:\s|\s*[<(][^\s<>()]+@",
    re.IGNORECASE,
)
"""What often follows a name."""
_ADDRESS_CUES: Final = (
    r"\b(?:address|addresses|residence|location)\b[^.!?\n]{0,40}?(?: is| are|:| to| at)(?: now)?:?",
    rf"\b(?:address|sent to|(?:send|ship) (?:it|this|them) to|where){_ANSWERED}",
    r"\b(?:lives?|lived|living|resides?|located|staying|based|move[ds]?|moving|moved) (?:in|at|on|to)",
    r"\b(?:office|offices|store|shop|house|home|apartment) (?:is|are) (?:in|at|on)",
    r"\b(?:sen[dt]|ship(?:ped)?|deliver(?:ed)?|forward(?:ed)?|mail(?:ed)?|taxi|ride|one|it|this|them) to",
    r"\b(?:package|order) to",
    r"\b(?:meet|meeting|see|pick|stop|drops?|dropped)\b[^.!?\n]{0,20} (?:at|in)",
    r"\b(?:corner|side|end|intersection) of",
    r"\b(?:live|am|are|is|was) at",
)
BEFORE_AN_ADDRESS: Final = _ends_with(_ADDRESS_CUES)
"""What an address follows, so that a number in it is one of a house."""
ADDRESS_INTRODUCED: Final = re.compile("|".join(_ADDRESS_CUES), re.IGNORECASE)
"""What is in every text in which something fits :data:`BEFORE_AN_ADDRESS`."""
BEFORE_A_POSTCODE: Final = _ends_with(
    (r"\b(?:zip(?: ?code)?|post(?:al)? ?code|postcode)",),
    r"(?:\s|\*)*(?:number|is|was|of|for|to|[:=#-]|['’]s|\s|\*|it|in|at|on|file|my|the)*",
)
"""What a postcode follows."""
BEFORE_A_PLACE: Final = _ends_with(
    (
        r"\b(?:in|from|to|at|near|visit(?:ing)?|live in|leave|leaving|outside|around|via)(?: the)?",
        r"\b(?:city|town|country)[:,]?",
    )
)
"""What the name of a place often follows."""
WITHIN_A_PLACE: Final = _ends_with(
    (
        rf"\b(?:{_MOVED}) (?:in|from|to|at|near)(?: the)?",
        r"\b(?:in|near)",
    )
)
"""What hardly anything but the name of a place follows."""
