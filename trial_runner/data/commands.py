"""`trial-runner data add|ls|verify|pull|push`."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NoReturn

from trial_runner.data.progress import TransferProgress, size_text
from trial_runner.data.registry import add_data_set, find_remote, known_data_sets
from trial_runner.data.remote import Remote, pull, push, remote_manifest, verify
from trial_runner.data.store import data_store
from trial_runner.errors import DataError, UsageError


def run_data_command(words: Sequence[str]) -> None:
    """Run one of the commands.

    Raises:
        UsageError: The words are no command.
        DataError: It failed; the message says at which object.
    """
    given = _parser().parse_args(list(words))
    given.action(given)


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message} ({self.prog} --help)")


def _parser() -> _Parser:
    parser = _Parser(prog="trial-runner data", description="Data sets that lie elsewhere.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND", parser_class=_Parser)
    add = _command(commands, "add", _add, "give an address a name")
    add.add_argument("name")
    add.add_argument("where", help="s3://bucket/prefix or https://…")
    _command(commands, "ls", _ls, "list data sets that have a name, or the files of one")
    commands.choices["ls"].add_argument("data", nargs="?", help="name or address")
    check = _command(commands, "verify", _verify, "compare a folder with its manifest")
    check.add_argument("folder", type=Path)
    fetch = _command(commands, "pull", _pull, "bring a data set into a folder")
    fetch.add_argument("data", help="name or address")
    fetch.add_argument("--to", type=Path, help="the folder; default: the data set's name")
    fetch.add_argument("--only", default="", help="regular expression of the paths wanted")
    fetch.add_argument("--cache", default="", help="folder of the store of this machine")
    fetch.add_argument("--cache-gigabytes", type=float, help="bound of the store")
    send = _command(commands, "push", _push, "upload a folder with its manifest")
    send.add_argument("folder", type=Path)
    send.add_argument("where", help="s3://bucket/prefix")
    for one in ("add", "ls", "pull", "push"):
        commands.choices[one].add_argument("--endpoint-url", help="of an S3 that is not AWS")
        commands.choices[one].add_argument(
            "--unsigned", action="store_true", help="a public bucket: no credentials"
        )
    return parser


def _command(
    commands: argparse._SubParsersAction[_Parser],
    name: str,
    action: Callable[[argparse.Namespace], None],
    help: str,
) -> _Parser:
    parser = commands.add_parser(name, help=help, description=help)
    parser.set_defaults(action=action)
    return parser


def _remote(given: argparse.Namespace, data: str) -> Remote:
    return find_remote(data, given.endpoint_url, given.unsigned)


def _add(given: argparse.Namespace) -> None:
    remote = Remote(given.where, given.endpoint_url, given.unsigned)
    manifest = remote_manifest(remote)
    add_data_set(given.name, remote)
    print(f"{given.name}: {len(manifest.files)} files, {size_text(manifest.total_bytes)}")


def _ls(given: argparse.Namespace) -> None:
    if given.data:
        for file in remote_manifest(_remote(given, given.data)).files:
            print(f"{file.sha256[:12]}  {size_text(file.size):>10}  {file.path}")
        return
    for name, known in known_data_sets().items():
        licence = f" ({known.licence})" if known.licence else ""
        print(f"{name:14}  {known.remote.where}  {known.title}{licence}")


def _verify(given: argparse.Namespace) -> None:
    problems = verify(given.folder)
    if problems:
        raise DataError("\n".join([f"{given.folder} is not as its manifest says:", *problems]))
    print(f"{given.folder}: all files are as the manifest says")


def _pull(given: argparse.Namespace) -> None:
    remote = _remote(given, given.data)
    target = given.to or Path(given.data.rstrip("/").rsplit("/", 1)[-1])
    store = data_store(given.cache, given.cache_gigabytes)
    manifest = pull(remote, target, store, only=given.only, progress=TransferProgress())
    print(f"{target}: {len(manifest.files)} files, {size_text(manifest.total_bytes)}")


def _push(given: argparse.Namespace) -> None:
    remote = Remote(given.where, given.endpoint_url)
    manifest = push(given.folder, remote, progress=TransferProgress())
    print(f"{given.where}: {len(manifest.files)} files, {size_text(manifest.total_bytes)}")
