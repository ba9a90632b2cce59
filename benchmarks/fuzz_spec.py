"""Feed mutated Experiments to validation: findings, never a traceback, within time and memory.

Usage: python benchmarks/fuzz_spec.py [--files 100000] [--seed 0]

Every file goes through what `eegtune validate --fix --format json` does. Prints how many files,
the slowest one, and the largest memory of the whole process; exits with 1 when a file raised,
took more than 2 s, or the process more than 200 MiB.
"""

from __future__ import annotations

import argparse
import copy
import json
import random
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from eegtune.spec.finding import SpecError
from eegtune.spec.reports import as_json, as_text, exit_code
from eegtune.spec.validation import Source, fix_source, validate_sources

ROOT = Path(__file__).parents[1]
COLLECTOR = "collector: {kind: StdOut}"
MOST_SECONDS = 2.0
MOST_MEBIBYTES = 200.0
TOKENS = (
    "y", "null", "~", "[]", "{}", "-", ":", "&a ", "*a", "!!int ", "!x ", "<<: ", "|\n", ">\n",
    '"', "'", "\\", "\t", "\x00", "\u2028", "\ufeff", "😀", "1e999", "-0", "0x", ".nan", "9" * 400,
    "${trialParameters.x}", "${trialParameters.", "${trialSpec.Labels[a]}", "${trialSpec.",
    "}", "---\n", "...\n", "# ", "%YAML 1.1\n", "- - - - ", "? ", "((((", "(a+)+$", "[[:alpha:]]",
    "a: " * 20, "[" * 70, "{a: " * 70, "true", "2147483648", "1.5", "100000000000000000000",
)  # fmt: skip

Mutation = Callable[[random.Random, bytes], bytes]


def peak_mebibytes() -> float:
    """Return this program's largest resident memory.

    The kernel's `ru_maxrss` would count the parent's before the program was started.
    """
    status = Path("/proc/self/status").read_text()
    line = next(line for line in status.splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) / 1024


def main() -> int:
    """Run the fuzzer; see the module's description."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--files", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    seeds, hazards = seed_texts(), hazard_texts()
    codes: Counter[int] = Counter()
    slowest, failures = (0.0, ""), 0
    for index in range(options.files):
        if index and index % 10_000 == 0:
            print(f"{index:,} files, {failures} tracebacks", file=sys.stderr, flush=True)
        generator = random.Random(f"{options.seed}/{index}")
        data = hazards[index] if index < len(hazards) else mutated(generator, seeds)
        started = time.process_time()  # of the processor: others may use the machine too
        try:
            codes[checked(data)] += 1
        except Exception:  # the point of the exercise
            failures += 1
            print(f"file {index} of seed {options.seed}:\n{traceback.format_exc()}")
        took = time.process_time() - started
        slowest = max(slowest, (took, f"file {index}, {len(data):,} bytes"))
    mebibytes = peak_mebibytes()
    said = ", ".join(f"{count:,} exit {code}" for code, count in sorted(codes.items()))
    print(f"{options.files:,} files ({said}), {failures} tracebacks")
    print(f"slowest {slowest[0]:.2f} s ({slowest[1]}); at most {mebibytes:.0f} MiB in all")
    return int(failures > 0 or slowest[0] > MOST_SECONDS or mebibytes > MOST_MEBIBYTES)


def checked(data: bytes) -> int:
    """Validate a file, write the reports, try the fixes; return the exit code."""
    source = Source("fuzz.yaml", data)
    reports = validate_sources([source])
    for line in (*as_json(reports), *as_text(reports, lambda text, style: text)):
        line.encode("utf-8")
    with suppress(SpecError, UnicodeDecodeError):
        fix_source(source)
    return exit_code(reports)


def seed_texts() -> list[bytes]:
    """Return the files that are mutated."""
    data = ROOT / "tests" / "eegtune" / "spec" / "data"
    paths = [data / "good.yaml", data / "traffic.yaml"]
    paths += sorted((ROOT / "manifests" / "experiments").rglob("*.yaml"))[:3]
    texts = [path.read_bytes() for path in paths]
    return [*texts, texts[0] + b"---\n" + texts[1]]


def mutated(generator: random.Random, seeds: list[bytes]) -> bytes:
    """Return a seed with one to six random changes."""
    data = generator.choice(seeds)
    if generator.random() < 0.5:
        return mutated_values(generator, data)
    for _ in range(generator.randint(1, 6)):
        data = generator.choice(MUTATIONS)(generator, data)
    return data


def mutated_values(generator: random.Random, data: bytes) -> bytes:
    """Return a seed that is still YAML, with one to four values or keys changed."""
    documents = copy.deepcopy(parsed(data))
    for _ in range(generator.randint(1, 4)):
        place, key = random_place(generator, documents)
        change_place(generator, place, key)
    if generator.random() < 0.5:
        return b"\n---\n".join(json.dumps(document).encode() for document in documents)
    return yaml.dump_all(documents, Dumper=yaml.CSafeDumper, sort_keys=False).encode()


@cache
def parsed(data: bytes) -> list[Any]:
    """Return a seed's documents."""
    return list(yaml.load_all(data, Loader=yaml.CSafeLoader))


def random_place(generator: random.Random, root: Any) -> tuple[Any, Any]:
    """Return a collection in the tree and one of its keys or indices."""
    place, key = root, 0
    while isinstance(place, (dict, list)) and place:
        key = generator.choice(list(place) if isinstance(place, dict) else range(len(place)))
        below = place[key]
        if not isinstance(below, (dict, list)) or not below or generator.random() < 0.1:
            break
        place = below
    return place, key


def change_place(generator: random.Random, place: Any, key: Any) -> None:
    """Replace, remove, repeat or rename what stands there."""
    kind = generator.randrange(5)
    if not place:
        return
    if kind == 0:
        del place[key]
    elif kind == 1 and isinstance(place, list):
        place.insert(key, copy.deepcopy(place[key]))
    elif kind == 2 and isinstance(place, dict):
        name = str(key)
        cut = generator.randrange(len(name) + 1)
        place[name[:cut] + generator.choice(("", "x", "S", "-", "${")) + name[cut + 1 :]] = place[
            key
        ]
    else:
        place[key] = random_value(generator, place[key])


def random_value(generator: random.Random, old: Any) -> Any:
    """Return another value: of another type, or a token, or the old text with one in it."""
    token = generator.choice(TOKENS)
    others = (
        None,
        True,
        0,
        -1,
        3.5,
        2**31,
        10**30,
        "",
        [],
        {},
        [old],
        {"a": old},
        str(old),
        token,
    )
    if isinstance(old, str) and generator.random() < 0.5:
        cut = generator.randrange(len(old) + 1)
        return old[:cut] + token + old[cut:]
    return copy.deepcopy(generator.choice(others))


def flip_bytes(generator: random.Random, data: bytes) -> bytes:
    """Change single bytes."""
    changed = bytearray(data)
    for _ in range(generator.randint(1, 8)):
        if changed:
            changed[generator.randrange(len(changed))] = generator.randrange(256)
    return bytes(changed)


def insert_token(generator: random.Random, data: bytes) -> bytes:
    """Put something that means something somewhere."""
    place = generator.randrange(len(data) + 1)
    return data[:place] + generator.choice(TOKENS).encode() + data[place:]


def replace_value(generator: random.Random, data: bytes) -> bytes:
    """Put something in place of a value."""
    lines = data.split(b"\n")
    index = generator.randrange(len(lines))
    key, colon, _ = lines[index].partition(b": ")
    if colon:
        lines[index] = key + colon + generator.choice(TOKENS).encode()
    return b"\n".join(lines)


def move_lines(generator: random.Random, data: bytes) -> bytes:
    """Cut, repeat or move lines."""
    lines = data.split(b"\n")
    start = generator.randrange(len(lines))
    chunk = lines[start : start + generator.randint(1, 12)]
    kind = generator.randrange(3)
    if kind != 1:
        del lines[start : start + len(chunk)]
    if kind != 0:
        place = generator.randrange(len(lines) + 1)
        lines[place:place] = chunk * generator.choice((1, 1, 1, 2, 20))
    return b"\n".join(lines)


def indent_lines(generator: random.Random, data: bytes) -> bytes:
    """Move lines to the right or the left."""
    lines = data.split(b"\n")
    for _ in range(generator.randint(1, 4)):
        index = generator.randrange(len(lines))
        by = generator.randint(-4, 4)
        lines[index] = b" " * by + lines[index] if by > 0 else lines[index][-by:]
    return b"\n".join(lines)


def truncate(generator: random.Random, data: bytes) -> bytes:
    """Cut the end off."""
    return data[: generator.randrange(len(data) + 1)]


MUTATIONS: tuple[Mutation, ...] = (
    flip_bytes, insert_token, insert_token, replace_value, replace_value, move_lines, move_lines,
    indent_lines, truncate,
)  # fmt: skip


def hazard_texts() -> list[bytes]:
    """Return files made to hurt: large, deep, repetitive, ambiguous."""
    good = (ROOT / "tests" / "eegtune" / "spec" / "data" / "good.yaml").read_text("utf-8")
    bomb = "a0: &a0 [x, x]\n" + "".join(
        f"a{i}: &a{i} [*a{i - 1}, *a{i - 1}]\n" for i in range(1, 60)
    )
    merges = "b0: &b0 {k0: 1}\n" + "".join(
        f"b{i}: &b{i} {{<<: *b{i - 1}, k{i}: 1}}\n" for i in range(1, 400)
    )
    many_unknown = good + "".join(f"  unknown{i}: 1\n" for i in range(20_000))
    placeholders = "".join(f"${{trialParameters.p{i}}}" for i in range(20_000))
    entries = "".join(f"    - {{name: p{i}, reference: lr}}\n" for i in range(20_000))
    parameters = "".join(
        f"  - {{name: p{i}, parameterType: int, feasibleSpace: {{min: '1', max: '2'}}}}\n"
        for i in range(4_000)
    )
    metrics = ", ".join(f"m{i % 300}" for i in range(40_000))
    texts = [
        bomb, merges, many_unknown,
        good.replace("/trial.py", f'/trial.py, "{placeholders}"'),
        good.replace("    trialSpec:\n", f"{entries}    trialSpec:\n"),
        good.replace("  metricsCollectorSpec", f"{parameters}  metricsCollectorSpec"),
        good.replace("[latency_ms]", f"[{metrics}]"),
        good.replace("list: [plain, fancy]", "list: [" + "a, " * 40_000 + "a]"),
        good.replace("${trialSpec.Name}", "${trialSpec." * 100_000),
        good.replace("name: good", "name: " + "a" * 1_500_000),
        good.replace("name: good", "name: " + "a." * 700_000 + "!"),
        good.replace("registry.example", "a." * 500_000 + "!"),
        good.replace("registry.example", "a" * 1_000_000 + "A"),
        good.replace("/trial.py", '"' + "'a" * 500_000 + '"'),
        good.replace("[python3, -u, ", '[sh, -c, "' + "\\n" * 300_000 + ' exec x", '),
        good.replace("[python3, -u, ", '[sh, -c, "' + "; exec" * 150_000 + '", '),
        good.replace(COLLECTOR, COLLECTOR + "\n    source: {filter: "
                     "{metricsFormat: ['" + "(" * 5_000 + "a" + ")" * 5_000 + "']}}"),
        good.replace(COLLECTOR, COLLECTOR + "\n    source: {filter: "
                     "{metricsFormat: ['(" + "a?" * 20_000 + ")=(b)']}}"),
        good.replace("score", "(a+)+" + "a" * 60 + "!").replace(
            "collector: {kind: StdOut}", "collector: {kind: StdOut}\n    source: {filter: "
            "{metricsFormat: ['(([a-z]+)+)=(b)']}}"),
        "[" * 1_000_000, "{a: " * 500_000, "- " * 500_000, "? " * 200_000, "&a " * 100_000,
        "a: |\n" + "  x\n" * 500_000, '"' + "\\u0041" * 400_000 + '"', "k: " + "9" * 1_900_000,
        "\n".join(f"k{i}: v" for i in range(49_000)), "---\n" * 300_000, good * 600,
        '{"a":' * 60_000, "\t" * 100_000, "#" * 1_900_000, "%TAG ! a\n" * 1_000, "\ufeff" * 1000,
    ]  # fmt: skip
    return [text.encode("utf-8", "surrogatepass") for text in texts] + [
        b"\xff\xfe" + bytes(range(256)) * 50, b"\x00" * 100_000, bytes(range(256)) * 1_000,
    ]  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
