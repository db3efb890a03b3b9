"""The server's process: `python -m emo_grpc.testing`.

The first line of standard input has its accounts. When standard input ends,
so does the server: whoever started it is gone.
"""

import asyncio
import os
import shutil
import sys
import threading
from collections.abc import Sequence
from tempfile import TemporaryDirectory
from typing import Final

from argon2.profiles import CHEAPEST

from emo_grpc.bootstrap.service import open_service
from emo_grpc.hosting.banner import announce
from emo_grpc.hosting.running import run_process
from emo_grpc.settings import CannotStart, EphemeralSettings, Settings, load_settings
from emo_grpc.testing.accounts import Account, from_line
from emo_grpc.users.adapters.crypto.argon2_password_hasher import Argon2PasswordHasher
from emo_grpc.users.domain.commands import CreateUser
from emo_grpc.users.domain.user import Role

CANNOT_START_EXIT: Final = 78


def main() -> int:
    """Serve until standard input ends; gives the exit code when that could not begin."""
    accounts = from_line(sys.stdin.readline())
    with TemporaryDirectory(prefix="emo-testing-") as folder:
        os.chdir(folder)  # where there is no `.env`
        threading.Thread(target=_end_with_standard_input, args=(folder,), daemon=True).start()
        try:
            settings = load_settings(EphemeralSettings)
            run_process(settings, _serve(settings, accounts))
        except CannotStart as error:
            sys.stderr.write(f"{error}\n")
            return CANNOT_START_EXIT
    return 0


async def _serve(settings: Settings, accounts: Sequence[Account]) -> None:
    # Passwords of tests are worth nothing; a hash at its full cost would take longer than all the rest of a start.
    async with open_service(settings, hasher=Argon2PasswordHasher(CHEAPEST)) as service:
        for account in accounts:
            roles = frozenset({Role.USER, Role.ADMIN} if account.is_admin else {Role.USER})
            await service.users.bus.handle(
                CreateUser(username=account.username, email=account.email, password=account.password, roles=roles)
            )
        server = service.server()
        announce(service.filled, await server.start())
        await server.run_until(asyncio.Event())


def _end_with_standard_input(folder: str) -> None:
    sys.stdin.read()
    shutil.rmtree(folder, ignore_errors=True)
    os._exit(0)  # it keeps nothing: there is nothing to bring to an end


if __name__ == "__main__":
    os.environ.setdefault("GRPC_VERBOSITY", "NONE")
    sys.exit(main())
