"""A server for the tests of programs that use emo: it keeps nothing, and somebody is logged in.

    with EphemeralServer() as server:
        stub = AssetsServiceStub(server.channel)
        stub.GetMe(GetMeRequest(), metadata=server.user.metadata)

`emo_grpc.testing.fixtures` has the same as fixtures of pytest. It needs the extra `server`.
"""

from emo_grpc.testing.ephemeral_server import EphemeralServer
from emo_grpc.testing.logged_in_user import LoggedInUser

__all__ = ["EphemeralServer", "LoggedInUser"]
