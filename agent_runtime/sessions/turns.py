"""What passes through a session's lane: messages, turns and answers (spec A8)."""

from msgspec import Struct


class Sender(Struct, frozen=True, kw_only=True):
    """Somebody on a channel, before it is known which customer that is.

    Attributes:
        tenant_id: The company whose customer talks.
        channel: Where, such as ``web`` or ``whatsapp``.
        channel_user: What the channel calls them.
    """

    tenant_id: str
    channel: str
    channel_user: str


class Accepted(Struct, frozen=True, kw_only=True):
    """A message that is queued for good.

    Attributes:
        session_id: In which session.
        seq: Its place there, from 1.
        repeated: Whether it was there already: the sender sent it again.
    """

    session_id: str
    seq: int
    repeated: bool


class Turn(Struct, frozen=True, kw_only=True):
    """A message whose turn it is, in the hands of the session's one writer.

    Attributes:
        session_id: The session.
        seq: The message's place in it, from 1.
        token: Fencing token: grows with every new writer; whatever is written elsewhere on
            behalf of the turn can refuse an older one.
        attempt: How often this turn was begun, from 1; above 1 an earlier one failed or died.
        sender: Who wrote.
        customer_id: Which customer that is.
        message_id: What the sender calls the message.
        text: What was written.
        received_ns: When it came, ns since the epoch.
        state: What the turn before left; empty before the first one.
    """

    session_id: str
    seq: int
    token: int
    attempt: int
    sender: Sender
    customer_id: str
    message_id: str
    text: str
    received_ns: int
    state: bytes

    @property
    def key(self) -> str:
        """The same for every attempt at this turn: what idempotency keys are minted from (spec A2)."""
        return f"{self.session_id}/{self.seq}"


class Reply(Struct, frozen=True, kw_only=True):
    """What a turn came to.

    Attributes:
        text: The answer.
        state: What the next turn needs to know.
        closes: Whether the session ends with it. A message that is queued already keeps it
            open: it is answered here, and nowhere else.
        failed: Whether the answer only says that there is none.
    """

    text: str
    state: bytes = b""
    closes: bool = False
    failed: bool = False


class Answer(Struct, frozen=True, kw_only=True):
    """The one answer to a message.

    Attributes:
        session_id: Where it was given.
        seq: The message's place there.
        text: The answer.
        failed: Whether it only says that there is none.
    """

    session_id: str
    seq: int
    text: str
    failed: bool = False
