"""The command ``nsmig``: one module for each subcommand, and modules that several of them share.

A module is imported when its command is used, and imports what it needs inside functions: ``nsmig --help`` loads no
driver.
"""

from __future__ import annotations

import importlib
import os
import sys
import threading
from types import ModuleType
from typing import Any

import click

# Each command is the function of its name in the module of its name, both with _ for -.
COMMANDS = (
    "init",
    "make",
    "check",
    "run",
    "show",
    "squash",
    "schema",
    "view",
    "inspect",
    "repair",
    "restore",
    "unlock",
    "json-schema",
)

# Other tools' names for commands, and the command here.
ELSEWHERE = {
    "apply": "run",
    "diff": "make --dry-run",
    "downgrade": "make --revert",
    "generate": "make",
    "help": "--help",
    "info": "show",
    "makemigrations": "make",
    "migrate": "run",
    "revision": "make",
    "rollback": "make --revert",
    "stamp": "run --fake",
    "status": "show",
    "undo": "make --revert",
    "up": "run",
    "upgrade": "run",
    "validate": "check",
}

# The Neo4j driver imports these if they are installed, which takes longer than everything else in a short run. nsmig
# never sends or receives their values. None in sys.modules means that they are not installed.
UNUSED = ("numpy", "pandas", "pyarrow")
# LadybugDB's package imports it for a connection class that nsmig does not use: a tenth of a short run.
SELDOM_USED = "asyncio"


class Commands(click.Group):
    """The subcommands, each imported when it is used."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and (meant := ELSEWHERE.get(args[0])):
            ctx.fail(f"No such command '{args[0]}'. Did you mean 'nsmig {meant}'?")
        return super().resolve_command(ctx, args)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        name = cmd_name.replace("-", "_")
        command: click.Command = getattr(importlib.import_module(f"nsmig.cli.{name}"), name)
        return command


def _version(ctx: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted and not ctx.resilient_parsing:
        from nsmig.version import __version__

        click.echo(f"nsmig {__version__}")
        ctx.exit()


@click.command(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--version", is_flag=True, is_eager=True, expose_value=False, callback=_version, help="Print the version."
)
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
@click.option(
    "-C",
    "folder",
    type=click.Path(exists=True, file_okay=False),
    metavar="DIR",
    help="Do everything in this folder, as if started there.",
)
@click.pass_context
def nsmig(ctx: click.Context, debug: bool, folder: str | None) -> None:
    """Schema migrations for property graphs.

    \b
    nsmig init                 start a project here
    nsmig make                 write the next migration
    nsmig check                find what is wrong, before a database does
    nsmig run                  apply what the database lacks
    nsmig show                 see which migrations each target has
    """
    ctx.obj = {"debug": debug}
    if folder is not None:
        os.chdir(folder)


def import_when_used(name: str) -> None:
    """Defer the import of a module until one of its attributes is used. (The standard library's LazyLoader does not do
    that: importing its module a second time already counts as a use.)"""
    if name in sys.modules:
        return

    def load(attribute: str) -> Any:
        if sys.modules.get(name) is stand_in:
            del sys.modules[name]
        return getattr(importlib.import_module(name), attribute)

    stand_in = ModuleType(name)
    stand_in.__getattr__ = load  # type: ignore[method-assign]
    sys.modules[name] = stand_in


def program() -> None:
    """The entry point of the command: :func:`main` in a process of its own, which then exits without destroying objects
    one by one; the system frees them at once. That would take as long as reading a thousand files."""
    from nsmig.cli import output

    for name in UNUSED:
        sys.modules.setdefault(name, None)  # type: ignore[arg-type]
    import_when_used(SELDOM_USED)
    output.open_streams()
    code = 0
    try:
        main()
    except SystemExit as end:
        if not isinstance(end.code, int):
            raise
        code = end.code
    if (error := output.lost()) is not None:
        click.echo(f"error: the output cannot be written: {error.strerror}", err=True)
        code = 1
    sys.stderr.flush()
    if threading.active_count() > 1:
        sys.exit(code)
    os._exit(code)


def main(arguments: list[str] | None = None) -> Any:
    """Run a command line; exit 0 done, 1 error, 2 wrong usage, 3 something to do."""
    from nsmig.errors import NsmigError

    arguments = sys.argv[1:] if arguments is None else arguments
    debug, as_json = "--debug" in arguments, "--json" in arguments
    try:
        # click returns the code of an Exit, or what the command returns, which is None.
        sys.exit(nsmig.main(arguments, prog_name="nsmig", standalone_mode=False) or 0)
    except (click.Abort, KeyboardInterrupt):
        click.echo("stopped", err=True)
        sys.exit(130)
    except (click.ClickException, NsmigError, OSError) as error:
        if debug and not isinstance(error, click.ClickException):
            raise
        from nsmig.cli.screen import error_facts, print_event, shown_error

        if as_json:
            print_event({"error": error_facts(error)})
        if isinstance(error, click.ClickException):
            error.show()
            sys.exit(error.exit_code)
        click.echo(shown_error(str(error)), err=True)
        sys.exit(1)
