"""The command `trial-runner`: run one trial, or say what can be run."""

from __future__ import annotations

import contextlib
import os
import sys
import traceback
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from importlib import import_module
from types import MappingProxyType

from trial_runner.arguments import Arguments, parse_arguments
from trial_runner.collector import wait_for_collector
from trial_runner.components import Component, component_names, get_component
from trial_runner.describe import declaration_as_json
from trial_runner.errors import TrialError, UsageError, did_you_mean
from trial_runner.helptext import component_page, overview
from trial_runner.push import reporting, take_report
from trial_runner.reporting import note

_HELP = ("--help", "-h", "help")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; return its exit code: 0 done, 1 failed, 2 usage, 130 interrupted."""
    words = list(sys.argv[1:] if argv is None else argv)
    with warnings.catch_warnings():
        warnings.showwarning = _show_warning
        return _guarded(words)


def _guarded(words: list[str]) -> int:
    try:
        _dispatch(words)
        sys.stdout.flush()  # here, where a reader that has gone away is noticed
    except TrialError as error:
        note(f"trial-runner: {error}")
        return error.exit_code
    except KeyboardInterrupt:
        note("trial-runner: interrupted")
        return 130
    except BrokenPipeError:  # nobody reads any more; Python would complain at exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except MemoryError:
        note("trial-runner: not enough memory; use fewer channels, folds or shorter windows")
        return 1
    except OSError as error:
        where = f" {error.filename}" if error.filename else ""
        note(f"trial-runner: {error.strerror or error}:{where}")
        return 1
    except Exception:  # a fault of ours: the traceback, written so that no metric is read from it
        note(traceback.format_exc())
        return 1
    return 0


def _dispatch(words: list[str]) -> None:
    if not words or words[0] in _HELP:
        print(overview())
    elif words[0] == "describe":
        _describe(words[1:])
    elif words[0] == "data":
        from trial_runner.data.commands import run_data_command

        run_data_command(words[1:])
    elif words[0] == "predict":
        from trial_runner.final_model.command import run_predict_command

        run_predict_command(words[1:])
    else:
        component = _component(words[0])
        if any(word in _HELP[:2] for word in words[1:]):
            print(component_page(component))
        else:
            _run(component, words[1:])


def _run(component: Component, words: list[str]) -> None:
    words, report = take_report(words)
    arguments = parse_arguments(component, words)
    entry = _entry(component)
    try:
        with _data_at_hand(arguments) as complete, reporting(report, os.environ):
            entry(complete)
    finally:
        wait_for_collector()


@contextlib.contextmanager
def _data_at_hand(arguments: Arguments) -> Iterator[Arguments]:
    """Bring data here that lie elsewhere, for as long as the component runs."""
    options = arguments.options
    if not options.get("data"):
        yield arguments
        return
    from trial_runner.data.local import local_data

    with local_data(options["data"], options.get("data_root", "")) as local:
        here = {name: text for name, text in local._asdict().items() if name in options}
        yield replace(arguments, options=MappingProxyType({**options, **here}))


def _entry(component: Component) -> Callable[[Arguments], None]:
    module, _, function = component.entry.partition(":")
    try:
        entry: Callable[[Arguments], None] = getattr(import_module(module), function)
    except ModuleNotFoundError as error:
        raise TrialError(
            f"{component.name} needs the package {error.name}, which is not installed; "
            f"pip install 'eegtune[{component.extra}]'"
        ) from None
    return entry


def _describe(words: list[str]) -> None:
    chosen = [word for word in words if not word.startswith("--")]
    formats = [word for word in words if word.startswith("--")]
    if formats == ["--format"] and len(chosen) == 2:  # `--format json`
        formats = [f"--format={chosen.pop()}"]
    if len(chosen) != 1 or any(word not in ("--format=json", "--format=text") for word in formats):
        raise UsageError("write trial-runner describe COMPONENT [--format=text|json]")
    component = _component(chosen[0])
    print(declaration_as_json(component) if "--format=json" in formats
          else component_page(component))  # fmt: skip


def _component(name: str) -> Component:
    try:
        return get_component(name)
    except KeyError:
        known = component_names()
        raise UsageError(
            f"no component {name!r}; there are {', '.join(known)}"
            f"{did_you_mean(name.replace('-', '_'), known)}"
        ) from None


def _show_warning(message: Warning | str, *_: object, **__: object) -> None:
    """Show a warning's text alone: the line of code that Python adds may read as a metric."""
    note(f"trial-runner: warning: {message}")
