"""What a model is asked for a sample: its text in the suite's template, after the suite's system turn."""

from dataclasses import replace
from string import ascii_uppercase

from broker.suites import Sample, Suite
from broker.templates import fill, variables
from broker.types import ChatRequest, Message, Params
from db.shapes import params_json, params_of


def request_of(suite: Suite, sample: Sample, params: Params) -> ChatRequest:
    """The call for one sample. `params` go before the suite's.

    The template wraps the last turn of a conversation. Choices stand where `{{choices}}` does, else below the
    question, one a line as `A. …`.
    """
    turns = (Message("user", sample.input),) if isinstance(sample.input, str) else sample.input
    filled = [replace(turn, content=fill(turn.content, sample.variables)) for turn in turns]
    if filled:
        filled[-1] = replace(filled[-1], content=_wrapped(suite, sample, filled[-1].content))
    system = fill(suite.system, sample.variables)
    messages = (*([Message("system", system)] if system else ()), *filled)
    return ChatRequest(messages, merged(suite.params, params))


def merged(under: Params, over: Params) -> Params:
    """The parameters of both; where both set one, that of `over`."""
    return params_of(params_json(under) | params_json(over))


def _wrapped(suite: Suite, sample: Sample, text: str) -> str:
    choices = "\n".join(f"{ascii_uppercase[i]}. {choice}" for i, choice in enumerate(sample.choices))
    template = suite.template or "{{input}}"
    if choices and "choices" not in variables(template, text):
        text = f"{text}\n\n{choices}"
    own = {**sample.variables, "choices": choices} if choices else sample.variables
    return fill(template, {**own, "input": fill(text, {"choices": choices}) if choices else text})
