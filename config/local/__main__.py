"""Command line of the runner: ``python -m config.local run|demo|stop``."""

from __future__ import annotations

import argparse
import sys

from .errors import Interrupted, LocalError


def main(arguments: list[str]) -> int:
    options = _parser().parse_args(arguments)
    try:
        return int(options.action(options))
    except LocalError as error:
        print(error, file=sys.stderr)
        return 1
    except Interrupted as stop:
        return stop.exit_code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m config.local", description=__doc__)
    actions = parser.add_subparsers(required=True)
    run = actions.add_parser("run", help="run a command beside throw-away services")
    run.add_argument("--keep-env", action="store_true", help="use DATABASE_URL and REDIS_URL where they are set")
    run.add_argument("-c", dest="settings", action="append", default=[], metavar="NAME=VALUE", help="PostgreSQL setting")
    run.add_argument("command", nargs=argparse.REMAINDER, help="-- COMMAND…")
    run.set_defaults(action=_run)
    return parser


def _run(options: argparse.Namespace) -> int:
    from .throwaway import run

    command = options.command[1:] if options.command[:1] == ["--"] else options.command
    settings = dict(item.partition("=")[::2] for item in options.settings)
    return run(command, keep_env=options.keep_env, settings=settings)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
