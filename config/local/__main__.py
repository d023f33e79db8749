"""Command line of the runner: ``python -m config.local --help``."""

from __future__ import annotations

import argparse
import errno
import sys

from .errors import Interrupted, LocalError


def main(arguments: list[str]) -> int:
    """Returns the exit code; what went wrong is one sentence on stderr."""
    options = _parser().parse_args(arguments)
    try:
        return int(options.action(options))
    except LocalError as error:
        print(error, file=sys.stderr)
        return 1
    except Interrupted as stop:
        print("已中断。", file=sys.stderr)
        return stop.exit_code
    except KeyboardInterrupt:  # while the packages are being installed, before signals are taken over
        print("已中断。", file=sys.stderr)
        return 130
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EROFS):
            raise
        print(f"磁盘已满或不可写：{error.filename or error.strerror}。请腾出空间后重试。", file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m config.local", description="Runs the product on one machine.")
    actions = parser.add_subparsers(required=True)

    setup = actions.add_parser("setup", help="create .venv and install the pinned packages")
    setup.add_argument("--dev", action="store_true", help="what tests and checks need, too")
    setup.set_defaults(action=_setup)

    actions.add_parser("lock", help="resolve requirements*.txt into the lock files").set_defaults(action=_lock)
    actions.add_parser("system", help="install what only the system has (as root)").set_defaults(action=_system)

    demo = actions.add_parser("demo", help="run a whole site with demo data")
    demo.add_argument("--district", default="jiangyuan")
    demo.add_argument("--port", default="8000")
    demo.add_argument("--follow-parent", action="store_true", help="stop when the calling make is killed")
    demo.set_defaults(action=_demo)

    stop = actions.add_parser("stop", help="stop running demos")
    stop.add_argument("districts", nargs="*")
    stop.set_defaults(action=_stop)

    beside = actions.add_parser("with", help="run a command in the environment of a running demo")
    beside.add_argument("district")
    beside.add_argument("command", nargs=argparse.REMAINDER, help="-- COMMAND…")
    beside.set_defaults(action=_with)

    run = actions.add_parser("run", help="run a command beside throw-away services")
    run.add_argument("--keep-env", action="store_true", help="use DATABASE_URL and REDIS_URL where they are set")
    run.add_argument(
        "-c", dest="settings", action="append", default=[], metavar="NAME=VALUE", help="PostgreSQL setting"
    )
    run.add_argument("command", nargs=argparse.REMAINDER, help="-- COMMAND…")
    run.set_defaults(action=_run)

    binaries = actions.add_parser("binaries", help="print the folder of PostgreSQL's programs")
    binaries.set_defaults(action=_binaries)

    actions.add_parser("blank", help="make the migrated database that tests start from").set_defaults(action=_blank)

    test = actions.add_parser("test", help="run the tests")
    test.add_argument("arguments", nargs=argparse.REMAINDER, help="for pytest")
    test.set_defaults(action=_test)

    actions.add_parser("check", help="run every static check").set_defaults(action=_check)
    return parser


def _setup(options: argparse.Namespace) -> int:
    from .setup import install

    return install(dev=options.dev)


def _lock(options: argparse.Namespace) -> int:
    from .setup import lock

    return lock()


def _system(options: argparse.Namespace) -> int:
    from .system import install

    return install()


def _demo(options: argparse.Namespace) -> int:
    from .demo import serve
    from .process import follow_parent

    if options.follow_parent:
        follow_parent()
    return serve(options.district, options.port)


def _stop(options: argparse.Namespace) -> int:
    from .demo import stop

    return stop(options.districts)


def _with(options: argparse.Namespace) -> int:
    from .demo import with_environment

    return with_environment(options.district, _command(options.command))


def _run(options: argparse.Namespace) -> int:
    from .throwaway import run

    settings = dict(item.partition("=")[::2] for item in options.settings)
    return run(_command(options.command), keep_env=options.keep_env, settings=settings)


def _binaries(options: argparse.Namespace) -> int:
    from .postgres import find_binaries

    print(find_binaries())
    return 0


def _blank(options: argparse.Namespace) -> int:
    from .blank import made

    made()
    return 0


def _test(options: argparse.Namespace) -> int:
    from .testing import run_tests

    return run_tests(_command(options.arguments))


def _check(options: argparse.Namespace) -> int:
    from .checking import run_checks

    return run_checks()


def _command(words: list[str]) -> list[str]:
    return words[1:] if words[:1] == ["--"] else words


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
