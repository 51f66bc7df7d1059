"""The exceptions of the library."""

from __future__ import annotations

import re


class Error(Exception):
    """Bad input, bad options or a failure of the system.

    Each error is also an instance of the built-in exception that fits, such as `ValueError` or `FileNotFoundError`.

    Attributes
    ----------
    kind : str
        ``"usage"``, ``"bad_data"``, ``"no_input"``, ``"unavailable"``, ``"resource"``, ``"cannot_create"``, ``"io"``,
        ``"interrupted"``, ``"unknown_word"``, ``"configuration"`` or ``"internal"``.
    file : str or None
        The file in which something is wrong.
    line, record : int or None
        Line and record (JSON object, page, row, item) in it, from 1.
    byte : int or None
        Offset in it, from 0.
    hint : str
        What to do about it; may be empty.
    """

    kind = "internal"
    file: str | None = None
    line: int | None = None
    byte: int | None = None
    record: int | None = None
    hint = ""

    def __str__(self) -> str:
        return str(self.args[0]) if self.args else ""

    def __reduce__(self):
        return type(self), self.args, self.__dict__


class UsageError(Error, ValueError):
    """An option or argument that is out of range."""


class DataError(Error, ValueError):
    """Malformed input."""


class InputNotFoundError(Error, FileNotFoundError):
    """Input that is missing or cannot be read."""


class UnavailableError(Error, RuntimeError):
    """A device, a package or an optional component that is missing."""


class ResourceError(Error, MemoryError):
    """Memory, threads or open files that the system or a budget does not allow."""


class FileError(Error, OSError):
    """Reading or writing that failed, or output that cannot be created."""


class StoppedError(Error, RuntimeError):
    """A run that was asked to stop."""


class InternalError(Error, RuntimeError):
    """A bug in Wordmill."""


class UnknownWordError(Error, KeyError):
    """A word that is not there."""


_classes: dict[str, type[Error]] = {
    "usage": UsageError,
    "bad_data": DataError,
    "no_input": InputNotFoundError,
    "unavailable": UnavailableError,
    "resource": ResourceError,
    "cannot_create": FileError,
    "io": FileError,
    "interrupted": StoppedError,
    "configuration": UsageError,
    "unknown_word": UnknownWordError,
}


def _as_keywords(text: str) -> str:
    """Options of the command become keyword arguments: ``--min-count`` is ``min_count``."""
    return re.sub(r"--([a-z][a-z-]*)", lambda m: m[1].replace("-", "_"), text)


def make(kind, message, *, place="", file=None, line=None, byte=None, record=None, hint=""):
    """Makes the error of a kind; called by the extension."""
    hint = _as_keywords(hint)
    if not file and message.startswith("item "):
        place = ""  # the message has it
    text = (f"{place}: " if place else "") + _as_keywords(message) + (f" ({hint})" if hint else "")
    error = _classes.get(kind, InternalError)(text)
    error.kind, error.file, error.line, error.byte, error.record, error.hint = kind, file, line, byte, record, hint
    return error
