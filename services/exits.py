"""Exit statuses in words: the same in the help of a command and in docs/cli.md."""

from lectern.errors import ExitCode

MEANINGS = {
    ExitCode.OK: "Done.",
    ExitCode.PAGES_FAILED: "Done, but something is amiss: pages not read (`lectern status OBJECT`), or what was named.",
    ExitCode.USAGE: "The command was called in a way it does not know.",
    ExitCode.CONFIGURATION: "A setting, policies.toml or the home cannot be used as it is.",
    ExitCode.INPUT: "Not what it should be, and not read; what was there before stays.",
    ExitCode.NOT_FOUND: "There is no such object, user or page.",
    ExitCode.UNAVAILABLE: "Catalogue, state or index cannot be used just now: try again.",
    ExitCode.INTERRUPTED: "Interrupted; what was finished is kept.",
}


def exit_statuses(*codes: ExitCode) -> str:
    """Return the end of a command's help: those statuses that are its own, with what they mean."""
    common = {ExitCode.OK, ExitCode.USAGE, ExitCode.CONFIGURATION}
    lines = [f"  {code.value:<4} {MEANINGS[code]}" for code in sorted(common.union(codes))]
    return "\n".join(["\b", "Exit status:", *lines])
