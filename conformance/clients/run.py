"""Runs one client from PyPI against a server: python run.py CLIENT SCENARIO ROOT

ROOT is the address of the scenario, to which each client adds the path of its dialect. Prints one line
of JSON when the first events have come, one at the end.
"""

import asyncio
import json
import os
import sys
import threading
import time

PROGRESS = 10
PATIENCE = 25
LINGER = 2.5  # time enough for a client that asks again after a 204
MESSAGES = [{"role": "user", "content": "hello"}]

client, scenario, root = sys.argv[1:]
events = []


def event(text):
    events.append(text)
    if len(events) == PROGRESS:
        print(json.dumps({"progress": PROGRESS}), flush=True)


def openai():
    from openai import OpenAI

    stream = OpenAI(api_key="none", base_url=root).chat.completions.create(
        model="none", messages=MESSAGES, stream=True
    )
    contents(stream)


def litellm():
    os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"  # else it is fetched from the internet
    import litellm

    stream = litellm.completion(
        model="openai/none", api_base=root, api_key="none", messages=MESSAGES, stream=True
    )
    contents(stream)


def contents(stream):
    for chunk in stream:
        if chunk.choices and chunk.choices[0].delta.content:
            event(chunk.choices[0].delta.content)


def anthropic():
    from anthropic import Anthropic

    messages = Anthropic(api_key="none", base_url=root).messages
    with messages.stream(model="none", max_tokens=1, messages=MESSAGES) as stream:
        for text in stream.text_stream:
            event(text)


def httpx_sse():
    import httpx
    from httpx_sse import connect_sse

    with httpx.Client() as http, connect_sse(http, "GET", f"{root}/answer") as source:
        for sse in source.iter_sse():
            event(sse.data)


def aiosseclient():
    from aiosseclient import aiosseclient

    async def read():
        async for sse in aiosseclient(f"{root}/answer"):
            event(sse.data)

    asyncio.run(read())


def sseclient_py():
    import requests
    import sseclient

    for sse in sseclient.SSEClient(requests.get(f"{root}/answer", stream=True)).events():
        event(sse.data)


CLIENTS = {
    "openai": openai,
    "litellm": litellm,
    "anthropic": anthropic,
    "httpx-sse": httpx_sse,
    "aiosseclient": aiosseclient,
    "sseclient-py": sseclient_py,
}


def report(error):
    print(json.dumps({"events": events, "error": error}), flush=True)
    os._exit(0)


timer = threading.Timer(PATIENCE, report, ["the client neither ends nor fails"])
timer.daemon = True
timer.start()
try:
    CLIENTS[client]()
    failure = None
except Exception as error:
    failure = f"{type(error).__name__}: {error}"
if scenario == "204":
    time.sleep(LINGER)
report(failure)
