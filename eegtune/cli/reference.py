"""The page `docs/commands.md`, made of the commands themselves.

Write it again with `python -m eegtune.cli.reference > docs/commands.md`.
"""

from __future__ import annotations

from collections.abc import Iterator
from inspect import cleandoc

import click

_HEAD = """# Commands

Made of the commands' own help by `python -m eegtune.cli.reference`; a test holds it against them.

## Shell completion

Completion knows commands and options. For bash, zsh or fish:

```bash
eval "$(_EEGTUNE_COMPLETE=bash_source eegtune)"   # in ~/.bashrc
eval "$(_EEGTUNE_COMPLETE=zsh_source eegtune)"    # in ~/.zshrc
_EEGTUNE_COMPLETE=fish_source eegtune | source    # in ~/.config/fish/completions/eegtune.fish
```
"""


def reference() -> str:
    """Return the page."""
    from eegtune.cli import application

    context = click.Context(application, info_name="eegtune")
    return "\n".join([_HEAD, *_commands(application, context, 2)])


def _commands(group: click.Group, context: click.Context, level: int) -> Iterator[str]:
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if command is None or command.hidden:
            continue
        own = click.Context(command, info_name=name, parent=context)
        yield from _command(command, own, level)
        if isinstance(command, click.Group):
            yield from _commands(command, own, level + 1)


def _command(command: click.Command, context: click.Context, level: int) -> Iterator[str]:
    usage = " ".join(command.collect_usage_pieces(context))
    yield f"{'#' * level} {context.command_path}\n"
    yield f"`{context.command_path} {usage}`\n"
    yield "\n\n".join(map(_paragraph, cleandoc(command.help or "").split("\n\n"))) + "\n"
    rows = [_row(option, context) for option in command.params if isinstance(option, click.Option)]
    shown = [row for row in rows if row]
    if shown:
        yield "| option | meaning |\n| --- | --- |"
        yield "\n".join(shown) + "\n"


def _paragraph(text: str) -> str:
    r"""Return a paragraph; one that keeps its lines (click's `\b`) as a block of code."""
    if text.startswith("\b\n"):
        return f"```text\n{cleandoc(text[2:])}\n```"
    return text.replace("<", "&lt;")


def _row(option: click.Option, context: click.Context) -> str:
    record = option.get_help_record(context)
    if record is None:
        return ""
    words = record[0].replace("|", "\\|").replace("`", "'")
    meaning = " ".join(record[1].split()).replace("|", "\\|").replace("<", "&lt;")
    return f"| `{words}` | {meaning} |"


if __name__ == "__main__":
    print(reference(), end="")
