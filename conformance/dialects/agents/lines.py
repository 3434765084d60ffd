"""What every agent in Python has in common: orders come in lines, and so do answers.

`library.mjs` describes them.
"""

import asyncio
import inspect
import json
import sys
import traceback


class Refused(Exception):
    """What the library refused, with its code."""

    def __init__(self, code):
        super().__init__(code)
        self.code = code


def say(line):
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


def teller(tokens):
    """Gives tokens in their order, and the last one again and again."""
    left = list(tokens)
    return lambda: left.pop(0) if len(left) > 1 else left[0]


async def obey(make):
    """Does what the lines say: `connect` makes a client, every other order is a method of it."""
    peers = {}

    async def perform(client, order, what):
        if order == "connect":
            tell = lambda tells, **said: say({"client": client, "tells": tells, **said})
            peers[client] = await awaited(make(tell, **what))
            return {}
        method = getattr(peers[client], order, None)
        if method is None:
            return {"lacks": True}
        return {"value": await awaited(method(**what))}

    async def answer(client, id, order, what):
        try:
            answer = await perform(client, order, what)
        except Refused as refused:
            answer = {"refused": refused.code}
        except Exception as error:  # Whatever it is: the judge has to see it.
            traceback.print_exc()
            answer = {"refused": str(error)}
        say({"client": client, "answers": id, **answer})

    tasks = set()
    say({"ready": True})
    async for line in lines():
        order = json.loads(line)
        client, id, do = order.pop("client"), order.pop("id"), order.pop("do")
        task = asyncio.ensure_future(answer(client, id, do, order))
        tasks.add(task)
        task.add_done_callback(tasks.discard)
    for peer in peers.values():
        await awaited(peer.stop())


async def awaited(value):
    return await value if inspect.isawaitable(value) else value


async def lines():
    reader = asyncio.StreamReader(limit=2**24)
    protocol = asyncio.StreamReaderProtocol(reader)
    await asyncio.get_running_loop().connect_read_pipe(lambda: protocol, sys.stdin)
    while line := await reader.readline():
        yield line
