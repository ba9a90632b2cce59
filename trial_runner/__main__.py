"""`python -m trial_runner` is `trial-runner`."""

from trial_runner.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
