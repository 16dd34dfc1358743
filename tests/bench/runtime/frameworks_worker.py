"""The same conversation in another runtime: ``python frameworks_worker.py NAME STEPS…`` in its environment.

Each is used as its documentation shows it: the agent is made once, with a model of ours and a tool that
answer at once, and tracing to anywhere else turned off. None keeps a ledger or emits events here.
"""

import asyncio
import gc
import json
import statistics
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

ROUNDS = 5
ANSWER = '{"order_id": "#W1", "status": "pending", "items": [{"item_id": "1", "price": 10.5}]}'
POLICY = "You serve the customers of an online shop. " * 20
QUESTION = "Please look at all of my orders."
DONE = "All done."
Hold = Callable[[int], Awaitable[None]]
"""Holds one conversation of some steps."""


def get_order(order_id: str) -> str:
    """Read an order.

    Args:
        order_id: Which.
    """
    return ANSWER


def openai_agents() -> Hold:
    """The OpenAI Agents SDK, with a model by its ``Model`` interface."""
    from agents import Agent, Model, ModelResponse, Runner, Usage, function_tool, set_tracing_disabled
    from openai.types.responses import (
        ResponseFunctionToolCall,
        ResponseOutputMessage,
        ResponseOutputText,
    )

    set_tracing_disabled(True)
    tool = function_tool(get_order)

    class Canned(Model):
        left = 0

        async def get_response(self, *args: Any, **named: Any) -> ModelResponse:
            self.left -= 1
            item: Any
            if self.left:
                item = ResponseFunctionToolCall(
                    arguments=json.dumps({"order_id": f"#W{self.left}"}),
                    call_id=f"call_{self.left}",
                    name="get_order",
                    type="function_call",
                )
            else:
                text = ResponseOutputText(annotations=[], text=DONE, type="output_text")
                item = ResponseOutputMessage(
                    id="m", content=[text], role="assistant", status="completed", type="message"
                )
            return ModelResponse(output=[item], usage=Usage(), response_id=None)

        def stream_response(self, *args: Any, **named: Any) -> Any:
            raise NotImplementedError

    model = Canned()
    agent = Agent(name="canned", instructions=POLICY, model=model, tools=[tool])

    async def hold(steps: int) -> None:
        model.left = steps
        result = await Runner.run(agent, QUESTION, max_turns=steps + 1)
        assert result.final_output == DONE

    return hold


def langgraph() -> Hold:
    """LangGraph's prebuilt agent, with a chat model by LangChain's interface."""
    from langchain_core.language_models import BaseChatModel
    from langchain_core.messages import AIMessage
    from langchain_core.outputs import ChatGeneration, ChatResult
    from langgraph.prebuilt import create_react_agent

    class Canned(BaseChatModel):
        left: int = 0

        @property
        def _llm_type(self) -> str:
            return "canned"

        def bind_tools(self, tools: Any, **named: Any) -> Any:
            return self

        def _generate(
            self, messages: Any, stop: Any = None, run_manager: Any = None, **named: Any
        ) -> ChatResult:
            self.left -= 1
            call = {"name": "get_order", "args": {"order_id": f"#W{self.left}"}, "id": f"call_{self.left}"}
            message = AIMessage(content="", tool_calls=[call]) if self.left else AIMessage(content=DONE)
            return ChatResult(generations=[ChatGeneration(message=message)])

    model = Canned()
    agent = create_react_agent(model, [get_order], prompt=POLICY)

    async def hold(steps: int) -> None:
        model.left = steps
        asked = {"messages": [("user", QUESTION)]}
        result = await agent.ainvoke(asked, {"recursion_limit": 2 * steps + 5})
        assert result["messages"][-1].content == DONE

    return hold


def pydantic_ai() -> Hold:
    """Pydantic AI, with its own model for functions."""
    from pydantic_ai import Agent
    from pydantic_ai.messages import ModelMessage, ModelResponse, TextPart, ToolCallPart
    from pydantic_ai.models.function import AgentInfo, FunctionModel
    from pydantic_ai.usage import UsageLimits

    left = 0

    def canned(messages: list[ModelMessage], info: AgentInfo) -> ModelResponse:
        nonlocal left
        left -= 1
        call = ToolCallPart("get_order", {"order_id": f"#W{left}"}, tool_call_id=f"call_{left}")
        return ModelResponse(parts=[call if left else TextPart(DONE)])

    agent = Agent(FunctionModel(canned), instructions=POLICY, tools=[get_order])

    async def hold(steps: int) -> None:
        nonlocal left
        left = steps
        result = await agent.run(QUESTION, usage_limits=UsageLimits(request_limit=None))
        assert result.output == DONE

    return hold


def smolagents() -> Hold:
    """smolagents' tool calling agent, with a model by its ``Model`` interface."""
    from smolagents import ChatMessage, LogLevel, MessageRole, Model, ToolCallingAgent
    from smolagents import tool as as_tool
    from smolagents.models import ChatMessageToolCall, ChatMessageToolCallFunction

    tool = as_tool(get_order)

    class Canned(Model):
        left = 0

        def generate(self, messages: Any, **named: Any) -> ChatMessage:
            self.left -= 1
            name, arguments = (
                ("get_order", {"order_id": f"#W{self.left}"})
                if self.left
                else ("final_answer", {"answer": DONE})
            )
            function = ChatMessageToolCallFunction(name=name, arguments=arguments)
            call = ChatMessageToolCall(id=f"call_{self.left}", type="function", function=function)
            return ChatMessage(role=MessageRole.ASSISTANT, content="", tool_calls=[call])

    model = Canned(model_id="canned")
    agent = ToolCallingAgent(tools=[tool], model=model, max_steps=1_000, verbosity_level=LogLevel.OFF)

    async def hold(steps: int) -> None:
        model.left = steps
        assert agent.run(QUESTION) == DONE

    return hold


FRAMEWORKS = {
    "openai-agents": openai_agents,
    "LangGraph": langgraph,
    "pydantic-ai": pydantic_ai,
    "smolagents": smolagents,
}


async def step_ms(hold: Hold, steps: int) -> float:
    """Milliseconds a step, the median of some rounds of a hundred steps or one conversation."""
    conversations = max(1, 100 // steps)
    rounds = []
    for _ in range(ROUNDS):
        gc.collect()
        began = time.perf_counter()
        for _ in range(conversations):
            await hold(steps)
        rounds.append(1e3 * (time.perf_counter() - began) / (conversations * steps))
    return statistics.median(rounds)


async def main(name: str, lengths: Sequence[str]) -> None:
    """Measures one of them and writes JSON: milliseconds a step by length."""
    hold = FRAMEWORKS[name]()
    await hold(3)  # what is imported and compiled at first use
    sys.stdout.write(json.dumps({length: await step_ms(hold, int(length)) for length in lengths}))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2:]))
