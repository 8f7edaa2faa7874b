"""Reads the example `gateway` with the clients of OpenAI, Anthropic and LiteLLM.

Usage: gateway.py ROOT all|term
Prints a line for each case: `ok NAME`, or `failed NAME: WHY`.
"""

import os
import sys
import threading
import time
import urllib.request

os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"  # else it is fetched from the internet
root, mode = sys.argv[1:]
ADA, BOB = "key-of-ada", "key-of-bob"
PROMPT = "Once upon a time, a stream\nof events ran down to the s\u00e9a. " * 3
LONG = "four" * 2_000


def messages(prompt):
    return [{"role": "user", "content": prompt}]


def openai(key=ADA):
    from openai import OpenAI

    return OpenAI(api_key=key, base_url=f"{root}/v1", max_retries=0)


def anthropic():
    from anthropic import Anthropic

    return Anthropic(api_key=ADA, base_url=root, max_retries=0)


def contents(stream):
    for chunk in stream:
        if chunk.choices and chunk.choices[0].delta.content:
            yield chunk.choices[0].delta.content


def chat(prompt, model="steady"):
    return openai().chat.completions.create(model=model, messages=messages(prompt), stream=True)


def with_litellm(prompt, model="steady"):
    import litellm

    stream = litellm.completion(
        model=f"openai/{model}", api_base=f"{root}/v1", api_key=ADA, messages=messages(prompt),
        stream=True, max_retries=0,
    )
    return contents(stream)


def with_anthropic(prompt, model="steady"):
    with anthropic().messages.stream(model=model, max_tokens=1, messages=messages(prompt)) as stream:
        yield from stream.text_stream


def running():
    request = urllib.request.Request(f"{root}/running", headers={"x-api-key": ADA})
    return int(urllib.request.urlopen(request).read())


def stops():
    """Waits until the server writes no answer."""
    until = time.monotonic() + 5
    while running():
        assert time.monotonic() < until, "the server continues its work"
        time.sleep(0.02)


def fails(texts, why="lost its thread"):
    """Reads an answer that fails; returns what came before."""
    seen = ""
    try:
        for text in texts:
            seen += text
    except Exception as error:
        assert why in str(error), f"failed otherwise: {error!r}"
        return seen
    raise AssertionError(f"ended without an error, after {seen!r}")


def reads(texts):
    assert "".join(texts) == PROMPT


def breaks_off(texts):
    next(iter(texts))
    assert running() == 1
    texts.close()
    stops()


def openai_reads():
    reads(contents(chat(PROMPT)))


def openai_fails():
    assert fails(contents(chat("12345678", "faulty"))) == "1234"


def openai_stops():
    stream = chat(LONG)
    next(iter(stream))
    assert running() == 1
    stream.close()
    stops()


def openai_resumes():
    client = openai()
    stream = client.responses.create(model="steady", input=PROMPT, stream=True, background=True)
    text, numbers = "", []
    while True:
        completed = None
        for number, event in enumerate(stream):
            numbers.append(event.sequence_number)
            if event.type == "response.created":
                id = event.response.id
            if event.type == "response.output_text.delta":
                text += event.delta
            if event.type == "response.completed":
                completed = event.response
            if number == 6:
                break
        if completed:
            break
        stream.close()
        stream = client.responses.retrieve(id, stream=True, starting_after=numbers[-1])
    assert text == PROMPT and completed.output_text == PROMPT, text
    assert numbers == list(range(len(numbers))), numbers
    assert client.responses.retrieve(id).status == "completed"


def openai_cancels():
    client = openai()
    response = client.responses.create(model="steady", input=LONG, background=True)
    assert response.status == "in_progress", response
    stream = client.responses.retrieve(response.id, stream=True)
    next(iter(stream))
    assert client.responses.cancel(response.id).status == "cancelled"
    stops()
    *_, last = stream
    assert (last.type, last.response.status) == ("response.failed", "cancelled"), last


def openai_response_fails():
    stream = openai().responses.create(model="faulty", input="12345678", stream=True)
    *_, last = stream
    assert last.type == "response.failed", last
    assert "lost its thread" in last.response.error.message


def another_owner_finds_nothing():
    from openai import AuthenticationError, NotFoundError

    response = openai().responses.create(model="steady", input=LONG, background=True)
    other = openai(BOB).responses
    for attempt in [
        lambda: other.retrieve(response.id),
        lambda: other.retrieve(response.id, stream=True),
        lambda: other.retrieve(response.id, stream=True, starting_after=3),
        lambda: other.cancel(response.id),
    ]:
        try:
            attempt()
        except NotFoundError:
            continue
        raise AssertionError("found")
    try:
        openai("another key").responses.retrieve(response.id)
        raise AssertionError("let in")
    except AuthenticationError:
        pass
    openai().responses.cancel(response.id)


def litellm_reads():
    reads(with_litellm(PROMPT))


def litellm_fails():
    assert fails(with_litellm("12345678", "faulty")) == "1234"


def anthropic_reads():
    reads(with_anthropic(PROMPT))
    with anthropic().messages.stream(model="steady", max_tokens=1, messages=messages(PROMPT)) as stream:
        assert stream.get_final_message().stop_reason == "end_turn"


def anthropic_fails():
    assert fails(with_anthropic("12345678", "faulty")) == "1234"


def anthropic_stops():
    breaks_off(with_anthropic(LONG))


CASES = [
    openai_reads, openai_fails, openai_stops, openai_resumes, openai_cancels,
    openai_response_fails, another_owner_finds_nothing, litellm_reads, litellm_fails,
    anthropic_reads, anthropic_fails, anthropic_stops,
]


def run(name, case):
    try:
        case()
        result = f"ok {name}"
    except BaseException as error:
        result = f"failed {name}: {type(error).__name__}: {error}"
    # In one piece, because other threads print too.
    sys.stdout.write(f"{result}\n")
    sys.stdout.flush()


def term():
    """Reads long answers, which have to fail, and a short one, which has time to finish."""
    threads = []
    begun = threading.Barrier(4)

    def fails_late(texts):
        texts = iter(texts)
        next(texts)
        begun.wait()
        fails(texts, "the server stops")

    for name, read in [("openai", lambda p: contents(chat(p))), ("litellm", with_litellm), ("anthropic", with_anthropic)]:
        case = lambda read=read: fails_late(read(LONG))
        threads.append(threading.Thread(target=run, args=(f"{name}_stops_loudly", case)))
    for thread in threads:
        thread.start()
    begun.wait()

    def finishes():
        texts = contents(chat("x" * 40))
        text = next(texts)
        print("streaming", flush=True)
        assert text + "".join(texts) == "x" * 40

    run("openai_finishes", finishes)
    for thread in threads:
        thread.join()


if mode == "term":
    term()
else:
    for case in CASES:
        run(case.__name__, case)
os._exit(0)
