"""What is told while a run goes on."""

from __future__ import annotations

import time
from dataclasses import dataclass


@dataclass(frozen=True)
class Progress:
    """How far a run has come.

    Attributes
    ----------
    stage : str
        ``"counting"`` while words are counted, then ``"training"``.
    tokens, total : int
        Tokens trained on, and those of the whole run; the total is 0 while it is not known.
    loss : float or None
        Mean loss of an example since the last report.
    rate : float
        Learning rate.
    seconds : float
        Since the start.
    words_per_second : float
        Of training.
    eta : float or None
        Seconds that are left, by an estimate.
    """

    stage: str
    tokens: int
    total: int
    loss: float | None
    rate: float
    seconds: float
    words_per_second: float
    eta: float | None


class _Listener:
    """Turns the counters of a run into `Progress` for a callable."""

    def __init__(self, tell):
        self._tell = tell
        self._start = time.monotonic()
        self._training_start = None
        self._before = (0.0, 0)
        self._first_tokens = 0

    def __call__(self, tokens, total, loss, examples, rate):
        now = time.monotonic()
        if self._training_start is None and tokens:
            self._training_start, self._first_tokens = now, tokens
        speed = 0.0
        if self._training_start is not None and now > self._training_start:
            speed = (tokens - self._first_tokens) / (now - self._training_start)
        mean = None
        if examples > self._before[1]:
            mean = (loss - self._before[0]) / (examples - self._before[1])
            self._before = (loss, examples)
        self._tell(
            Progress(
                stage="training" if total or tokens else "counting",
                tokens=tokens,
                total=total,
                loss=mean,
                rate=rate,
                seconds=now - self._start,
                words_per_second=speed,
                eta=(total - tokens) / speed if total and speed else None,
            )
        )


class _Bar:
    """A progress bar of tqdm."""

    def __init__(self, tqdm):
        self._bar = tqdm(unit=" words", unit_scale=True, desc="counting words")

    def __call__(self, progress):
        bar = self._bar
        if progress.total and bar.total != progress.total:
            bar.reset(progress.total)
            bar.set_description("training")
        bar.update(progress.tokens - bar.n)
        if progress.loss is not None:
            bar.set_postfix(loss=f"{progress.loss:.4f}", refresh=False)

    def close(self):
        self._bar.close()


def listener(progress):
    """What the extension calls for `progress`, or None; and what closes it at the end."""
    if progress is None or progress is False:
        return None, None
    if progress is True:
        try:
            from tqdm.auto import tqdm
        except ImportError:
            return None, None
        bar = _Bar(tqdm)
        return _Listener(bar), bar.close
    if not callable(progress):
        raise TypeError(f"progress: expected None, True or a callable, found {type(progress).__name__}")
    return _Listener(progress), None
