"""A streamed answer put together, and judged: is it whole, and what does it say (spec A10)."""

from collections.abc import Sequence
from typing import Any, Final

import msgspec
from msgspec import Struct

from agent_runtime.messages import ToolCall
from agent_runtime.models.errors import AnswerLostError, AnswerNotUnderstoodError, RequestRefusedError
from agent_runtime.models.wire import Chunk, TokenCounts, decode_chunk

LONGEST_STREAM: Final = 4 * 2**20
"""Characters of a stream beyond which it is no answer any more."""


class RawCall(Struct):
    """A call as the model wrote it; the pieces of its arguments are a text that may or may not be JSON."""

    id: str = ""
    name: str = ""
    pieces: list[str] = []

    @property
    def arguments(self) -> str:
        """The whole text of the arguments."""
        return "".join(self.pieces)


class StreamedAnswer:
    """Collects the pieces of one answer.

    Args:
        endpoint: Whose answer, as errors name it.
    """

    def __init__(self, endpoint: str) -> None:
        self.calls: dict[int, RawCall] = {}
        self.counts: TokenCounts | None = None
        self._endpoint = endpoint
        self._finish_reason: str | None = None
        self._had_choice = False
        self._texts: list[str] = []
        self._length = 0

    @property
    def text(self) -> str:
        """All text so far."""
        return "".join(self._texts)

    @property
    def begun(self) -> bool:
        """Whether a first token has come."""
        return bool(self._texts or self.calls)

    def add(self, data: str) -> str:
        """Takes one event of the stream.

        Returns:
            The text that it brought.

        Raises:
            AnswerNotUnderstoodError: It is not what the protocol says, or there is no end to it.
            AnswerLostError: The endpoint says that it failed on the way.
        """
        self._length += len(data)
        if self._length > LONGEST_STREAM:
            raise self.not_understood(f"the answer is longer than {LONGEST_STREAM:,} characters")
        chunk = self._decoded(data)
        self.counts = chunk.usage or self.counts
        text = ""
        for choice in chunk.choices[:1]:
            self._had_choice = True
            self._finish_reason = choice.finish_reason or self._finish_reason
            text = choice.delta.content or ""
            for piece in choice.delta.tool_calls or ():
                call = self.calls.setdefault(piece.index, RawCall())
                call.id = piece.id or call.id
                call.name += piece.function.name or ""
                call.pieces.append(piece.function.arguments or "")
        if text:
            self._texts.append(text)
        return text

    def close(self) -> None:
        """Says that nothing more comes.

        Raises:
            AnswerLostError: The stream ended before the answer did.
            AnswerNotUnderstoodError: It has no choice, or was cut at the token limit.
            RequestRefusedError: A filter of the endpoint withheld it.
        """
        if self._finish_reason is None and self._had_choice:
            raise AnswerLostError(
                self._endpoint, "the stream ended before the answer", advice="ask again", evidence=self.text
            )
        if not self._had_choice:
            raise self.not_understood("the answer has no choices")
        if self._finish_reason == "length":
            raise self.not_understood("the answer was cut at the token limit", "raise max_output_tokens")
        if self._finish_reason == "content_filter":
            raise RequestRefusedError(
                self._endpoint, "a content filter withheld the answer", advice="hand over to a human"
            )

    def tool_calls(self, tools: Sequence[dict[str, Any]], call_id: str) -> tuple[ToolCall, ...]:
        """The calls of known tools, in the model's order; none where the answer is a text.

        Args:
            tools: What may be called, in OpenAI function form.
            call_id: What a call is named where the model did not name it, with its place from the second on.

        Raises:
            AnswerNotUnderstoodError: An unknown tool, arguments that are no JSON object, or neither
                text nor call.
        """
        if not self.calls and not self.text.strip():
            raise self.not_understood("the answer is empty")
        known = {tool["function"]["name"] for tool in tools}
        found = list[ToolCall]()
        for place, raw in enumerate(self.calls.values()):
            if raw.name not in known:
                raise self.not_understood(f"it calls {raw.name!r}, which is no tool of this agent")
            named = raw.id or (f"{call_id}_{place}" if place else call_id)
            found.append(ToolCall(named, raw.name, self._arguments(raw)))
        return tuple(found)

    def not_understood(
        self, what: str, advice: str = "check that the endpoint's model and tool parser fit"
    ) -> AnswerNotUnderstoodError:
        """An error about this answer, with the answer as evidence."""
        calls = "; ".join(f"{call.name}({call.arguments})" for call in self.calls.values())
        return AnswerNotUnderstoodError(self._endpoint, what, advice=advice, evidence=self.text or calls)

    def _arguments(self, raw: RawCall) -> dict[str, Any]:
        try:
            return msgspec.json.decode(raw.arguments or "{}", type=dict[str, Any])
        except msgspec.MsgspecError as cause:
            raise self.not_understood(f"arguments of {raw.name} are no JSON object: {cause}") from cause

    def _decoded(self, data: str) -> Chunk:
        try:
            chunk = decode_chunk(data)
        except (msgspec.MsgspecError, UnicodeError) as cause:
            raise AnswerNotUnderstoodError(
                self._endpoint,
                f"an event of the stream is not what the protocol says: {cause}",
                advice="check that the address serves chat completions",
                evidence=data,
            ) from cause
        if chunk.error is not None:
            raise AnswerLostError(
                self._endpoint,
                f"the endpoint failed while it answered (code {chunk.error.code})",
                advice="ask again; look into its log where this goes on",
                evidence=chunk.error.message,
            )
        return chunk
