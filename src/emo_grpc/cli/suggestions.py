"""Suggests a command for a word that is none."""

from collections.abc import Sequence
from difflib import get_close_matches
from typing import Final

from typer.core import TyperGroup

SYNONYMS: Final = {
    **dict.fromkeys(("find", "grep", "query", "look"), "search TEXT"),
    "filter": "ls TEXT",
    **dict.fromkeys(("list", "dir", "ll", "assets", "files"), "ls"),
    **dict.fromkeys(("delete", "del", "remove", "destroy", "erase", "unlink"), "rm"),
    **dict.fromkeys(("restore", "undelete", "unremove"), "trash restore"),
    **dict.fromkeys(("get", "fetch", "pull", "save"), "download"),
    **dict.fromkeys(("cat", "print", "open"), "download ASSET_ID -o -"),
    **dict.fromkeys(("put", "add", "push", "send", "store", "create", "new"), "upload"),
    **dict.fromkeys(("info", "view", "stat", "describe", "details"), "show"),
    **dict.fromkeys(("change", "update", "set", "rename", "mv", "bookmark", "star"), "edit"),
    **dict.fromkeys(("abort", "drop"), "cancel"),
    **dict.fromkeys(("usage", "quota", "df", "du", "count", "space"), "stats"),
    **dict.fromkeys(("whoami", "profile", "user", "id"), "account"),
    **dict.fromkeys(("signup", "sign-up", "adduser", "useradd", "join"), "register"),
    **dict.fromkeys(("signin", "sign-in", "auth", "connect"), "login"),
    **dict.fromkeys(("signout", "sign-out", "disconnect"), "logout"),
    **dict.fromkeys(("confirm", "activation"), "activate"),
    **dict.fromkeys(("devices", "logins", "who", "tokens", "revoke"), "sessions"),
    **dict.fromkeys(("history", "log"), "activity"),
    **dict.fromkeys(("start", "run", "server", "daemon"), "serve"),
    **dict.fromkeys(("check", "fsck", "scrub"), "admin verify"),
    **dict.fromkeys(("rotate-keys", "rekey", "rewrap"), "admin rewrap-keys"),
    **dict.fromkeys(("events", "queue", "retry"), "admin outbox"),
    **dict.fromkeys(("passwd", "password"), "passwd"),
    **dict.fromkeys(("forgot", "forgotten", "recover", "reset"), "reset-password"),
    "help": "--help",
}
"""Words of other programs, and what follows `emo` instead."""

ALIKE: Final = {
    **dict.fromkeys(("list", "ll", "dir"), "ls"),
    **dict.fromkeys(("remove", "delete", "del", "destroy"), "rm"),
    **dict.fromkeys(("add", "new", "make"), "create"),
    **dict.fromkeys(("edit", "change", "set"), "update"),
}
"""Other words for commands of groups."""

OTHER_OPTIONS: Final = {"--folder": "--into"}
"""What puts files into a folder, for who knows the option that finds what is in one."""

LISTING: Final = frozenset({"ls", "list", "ll", "dir"})
LISTS: Final = {"tag": "tags", "person": "people", "place": "places"}
"""Groups without a list of their own, and the commands that have it."""

NEARER: Final = 0.8
"""How much alike a word and a command of the group are, that the rest of `emo` is not asked."""


def suggestion_within(word: str, group: TyperGroup, path: str) -> str:
    """What to run instead in this group, which is called `path`; empty if none of its commands is near it."""
    if word.lower() in LISTING and group.name in LISTS:
        return f"; use {path.rpartition(' ')[0]} {LISTS[group.name]}"
    known = {name: name for name in _shown(group)} | {
        each: name for each, name in ALIKE.items() if name in group.commands
    }
    if word.lower() in known:
        return f"; use {path} {known[word.lower()]}"
    near = get_close_matches(word.lower(), known, n=1, cutoff=NEARER)
    return f" (did you mean {path} {known[near[0]]}?)" if near else ""


def suggestion_for(word: str, root: TyperGroup) -> str:
    """What to run instead, to follow the error of a word that is no command; empty if nothing is near it."""
    known = {
        each: f"emo {does}" for each, does in SYNONYMS.items() if does[0] == "-" or does.split()[0] in root.commands
    }
    known = _names(root) | known  # who types delete means an asset, not the account
    if word.lower() in known:
        return f"; use {known[word.lower()]}"
    near = get_close_matches(word.lower(), known, n=1)
    return f" (did you mean {known[near[0]]}?)" if near else ""


def owner_of(option: str, group: TyperGroup, typed: Sequence[str]) -> str | None:
    """The command of a group that has this option: that which was typed, or else the only one; None without one."""
    owners = [
        name
        for name, command in group.commands.items()
        if any(option in (*each.opts, *each.secondary_opts) for each in command.params)
    ]
    meant = [name for name in owners if name in typed] or owners
    return meant[0] if len(meant) == 1 else None


def _names(root: TyperGroup) -> dict[str, str]:
    """Each command with all that leads to it; what is in two groups is that of the outer one."""
    found = {name: f"emo {name}" for name in _shown(root)}
    for outer, inner in root.commands.items():
        if isinstance(inner, TyperGroup):
            found = {name: f"emo {outer} {name}" for name in _shown(inner)} | found
    return found


def _shown(group: TyperGroup) -> list[str]:
    """Its commands without those that are kept under a former name."""
    return [name for name, command in group.commands.items() if not command.hidden]
