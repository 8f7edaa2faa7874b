"""Servers that send events as each package's documentation shows: `python serve.py NAME PORT`.

`/events` sends a number every 50 ms, which is also its ID, and continues after `Last-Event-ID`. `/quiet` sends
nothing. All settings are the package's defaults.
"""

import asyncio
import sys
import time

import uvicorn

TICK = 0.05


async def numbers(last):
    """The numbers after the last one, at their times."""
    number = int(last) + 1 if last and last.isdecimal() else int(time.time() / TICK) + 1
    while True:
        await asyncio.sleep(max(0, number * TICK - time.time()))
        yield number
        number += 1


def sse_starlette():
    from sse_starlette import EventSourceResponse
    from starlette.applications import Starlette
    from starlette.routing import Route

    async def events(request):
        async def source():
            async for number in numbers(request.headers.get("last-event-id")):
                yield {"id": str(number), "data": str(number)}

        return EventSourceResponse(source())

    async def quiet(request):
        async def source():
            await asyncio.Event().wait()
            yield {}

        return EventSourceResponse(source())

    return Starlette(routes=[Route("/events", events), Route("/quiet", quiet)])


def fastapi():
    from collections.abc import AsyncIterable
    from typing import Annotated

    from fastapi import FastAPI, Header
    from fastapi.sse import EventSourceResponse, ServerSentEvent

    app = FastAPI()

    @app.get("/events", response_class=EventSourceResponse)
    async def events(
        last_event_id: Annotated[str | None, Header()] = None,
    ) -> AsyncIterable[ServerSentEvent]:
        async for number in numbers(last_event_id):
            yield ServerSentEvent(data=number, id=str(number))

    @app.get("/quiet", response_class=EventSourceResponse)
    async def quiet() -> AsyncIterable[ServerSentEvent]:
        await asyncio.Event().wait()
        yield ServerSentEvent(data=0)

    return app


APPS = {"sse-starlette": sse_starlette, "fastapi": fastapi}

if __name__ == "__main__":
    name, port = sys.argv[1:]
    uvicorn.run(APPS[name](), host="127.0.0.1", port=int(port), log_level="critical")
