"""One client process: asks the same of several users in turns, and prints as JSON how many seconds each answer took.

An answer is a page of as many as the smallest vault has, 100 at most, so that each vault shows as many. A page may be
short: what is timed goes on until so many were found, or there are no more.
"""

import json
import sys
import time
from dataclasses import dataclass
from typing import Any

import grpc
import uvloop
from google.protobuf.json_format import ParseDict
from google.protobuf.message import Message

from benchmarks.load import login
from emo.assets.v1 import assets_pb2, assets_pb2_grpc

PAGE = 100
DEEPEST = 100_000
LARGEST_PAGE = 1_000
MAX_CALLS = 100
ROWS = {
    "ListAssets": "assets",
    "SearchAssets": "results",
    "ListTrash": "assets",
    "ListFolders": "folders",
    "ListTags": "tags",
    "ListPeople": "people",
    "ListPlaces": "places",
    "GetTimeline": "periods",
}


@dataclass
class Vault:
    """Whose lists are asked for, over which stub."""

    target: str
    stub: Any
    username: str
    count: int
    token: str = ""

    async def log_in(self) -> None:
        """Again before each round: all together take longer than an access token lives."""
        self.token = (await login(self.target, self.username))["token"]

    async def call(self, rpc: str, request: Message) -> tuple[int, str]:
        """How many rows there are, and the token of the next page."""
        answer = await getattr(self.stub, rpc)(request, metadata=(("authorization", f"Bearer {self.token}"),))
        return len(getattr(answer, ROWS[rpc])), answer.next_page_token

    async def page_token(self, question: dict[str, Any]) -> str:
        """Where the middle of a list begins."""
        depth, size = min(self.count // 2, DEEPEST), min(self.count // 2, LARGEST_PAGE)
        page_token = ""
        for _ in range(depth // size if question["is_deep"] else 0):
            _, page_token = await self.call(question["rpc"], _request(question, size, page_token))
        return page_token

    async def find(self, question: dict[str, Any], wanted: int, page_token: str) -> tuple[int, int]:
        """Ask until so many are found; gives how many, and in how many calls."""
        found = calls = 0
        while calls == 0 or (found < wanted and page_token and calls < MAX_CALLS):
            more, page_token = await self.call(question["rpc"], _request(question, wanted - found, page_token))
            found, calls = found + more, calls + 1
        return found, calls


async def ask(target: str, vaults: list[dict[str, Any]], questions: list[dict[str, Any]], rounds: int) -> Any:
    """For each question: how many rows an answer has, the calls that it takes and the seconds, of each vault."""
    async with grpc.aio.insecure_channel(target) as channel:
        stub = assets_pb2_grpc.AssetsServiceStub(channel)
        asked = [Vault(target, stub, each["username"], each["count"]) for each in vaults]
        await _log_in(asked)
        begun = [await _begin(asked, question) for question in questions]
        for _ in range(rounds):
            await _log_in(asked)
            for question, answers in zip(questions, begun, strict=True):
                for vault, answer in zip(asked, answers["of"], strict=True):
                    begin = time.perf_counter()
                    _, answer["calls"] = await vault.find(question, answers["page_size"], answer["page_token"])
                    answer["seconds"].append(time.perf_counter() - begin)
    return begun


async def _log_in(vaults: list[Vault]) -> None:
    for vault in vaults:
        await vault.log_in()


async def _begin(vaults: list[Vault], question: dict[str, Any]) -> dict[str, Any]:
    tokens = [await vault.page_token(question) for vault in vaults]
    found = [(await vault.find(question, PAGE, token))[0] for vault, token in zip(vaults, tokens, strict=True)]
    return {"page_size": max(1, min(found)), "of": [{"page_token": token, "seconds": []} for token in tokens]}


def _request(question: dict[str, Any], page_size: int, page_token: str) -> Message:
    message: Message = getattr(assets_pb2, f"{question['rpc']}Request")()
    return ParseDict({**question["request"], "page_size": page_size, "page_token": page_token}, message)


if __name__ == "__main__":
    print(json.dumps(uvloop.run(ask(**json.loads(sys.argv[1])))))
