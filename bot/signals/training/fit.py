"""Fit the network to labels. Deterministic for the same examples, seed and machine."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import sentencepiece
import torch
from rich.progress import track
from torch.nn import functional

from bot.model import Item
from bot.signals.encoder import Passage
from bot.signals.evaluation.labels import Labelled
from bot.signals.pieces import FIRST, LAST, MOST_PIECES, PADDING, embed
from bot.signals.training.base import Base
from bot.signals.training.examples import UNLABELLED, direction_target, kind_target, topic_target
from bot.signals.training.network import Network, pooled
from bot.signals.training.vocabulary import kept_rows

SEED = 1
EPOCHS = 3
BATCH = 32
RATE = 8e-5
HEAD_FASTER = 10  # the head starts from nothing
WARM_UP = 0.06  # share of the steps
POOL = 20  # batches that are sorted by length together, to pad little and still mix
DIRECTION_WEIGHT = 0.5  # a batch holds few texts with a direction: each counts as much as a text's topics
KIND_WEIGHT = 0.3

Texts = Sequence[list[int]]  # ids of the pieces of each text, marks included


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """The vectors that texts are made of, as the encoder will have them."""

    words: npt.NDArray[np.uint8]
    positions: npt.NDArray[np.float32]

    @classmethod
    def of(cls, base: Base, pieces: sentencepiece.SentencePieceProcessor) -> Table:
        """Positions carry the vector of the first text type too: there is no other."""
        positions = base.matrix("emb.pos")[:MOST_PIECES] + base.matrix("emb.type")[0]
        rounded = positions.astype(np.float16).astype(np.float32)  # as it is shipped
        return cls(words=base.words(kept_rows(base, pieces)), positions=rounded)


def cut(items: Iterable[Item], pieces: sentencepiece.SentencePieceProcessor) -> list[list[int]]:
    """The ids of the pieces of each item's passage, with the marks around them."""
    texts = (Passage.of(item).text for item in items)
    return [[FIRST, *pieces.encode(text)[: MOST_PIECES - 2], LAST] for text in texts]


def fit(base: Base, table: Table, texts: Texts, examples: Sequence[Labelled]) -> Network:
    """The base with a head, trained on `examples`, whose pieces are `texts`."""
    torch.manual_seed(SEED)
    chance = random.Random(SEED)  # noqa: S311 - the order of the batches is no secret
    network = Network(base)
    topics = torch.tensor([topic_target(example) for example in examples])
    directions = torch.tensor([direction_target(example) for example in examples])
    kinds = torch.tensor([kind_target(example) for example in examples])
    batches = [batch for _ in range(EPOCHS) for batch in _shuffled(texts, chance)]
    optimiser, schedule = _optimiser(network, len(batches))
    network.train()
    for batch in track(batches, description="training"):
        vectors, mask = tensors(table, [texts[at] for at in batch])
        with torch.autocast("cpu", dtype=torch.bfloat16):
            answers = pooled(network(vectors, mask), mask).float()
        loss = (
            _topics_loss(answers[:, :3], topics[batch])
            + DIRECTION_WEIGHT * _class_loss(answers[:, 3:6], directions[batch])
            + KIND_WEIGHT * _class_loss(answers[:, 6:], kinds[batch])
        )
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimiser.step()
        schedule.step()
    network.eval()
    return network


def answers_to(network: Network, table: Table, texts: Texts) -> npt.NDArray[np.float32]:
    """What `network` says of each text, [texts, ANSWERS]."""
    order = sorted(range(len(texts)), key=lambda at: len(texts[at]))
    found: dict[int, npt.NDArray[np.float32]] = {}
    with torch.no_grad(), torch.autocast("cpu", dtype=torch.bfloat16):
        for start in track(range(0, len(order), BATCH), description="asking"):
            batch = order[start : start + BATCH]
            vectors, mask = tensors(table, [texts[at] for at in batch])
            found.update(zip(batch, pooled(network(vectors, mask), mask).float().numpy(), strict=True))
    return np.array([found[at] for at in range(len(texts))], np.float32)


def tensors(table: Table, texts: Texts) -> tuple[torch.Tensor, torch.Tensor]:
    longest = max(map(len, texts))
    ids = np.full((len(texts), longest), PADDING, np.int64)
    for row, pieces in enumerate(texts):
        ids[row, : len(pieces)] = pieces
    vectors = embed(table.words, ids) + table.positions[:longest]
    return torch.from_numpy(vectors), torch.from_numpy(ids != PADDING)


def _shuffled(texts: Texts, chance: random.Random) -> Iterator[list[int]]:
    order = list(range(len(texts)))
    chance.shuffle(order)
    batches = []
    for start in range(0, len(order), BATCH * POOL):
        pool = sorted(order[start : start + BATCH * POOL], key=lambda at: len(texts[at]))
        batches += [pool[at : at + BATCH] for at in range(0, len(pool), BATCH)]
    chance.shuffle(batches)
    yield from batches


def _optimiser(network: Network, steps: int) -> tuple[torch.optim.Optimizer, torch.optim.lr_scheduler.LRScheduler]:
    body = [weights for name, weights in network.named_parameters() if not name.startswith("head.")]
    groups = [{"params": body, "lr": RATE}, {"params": network.head.parameters(), "lr": RATE * HEAD_FASTER}]
    optimiser = torch.optim.AdamW(groups, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda step: min(1.0, (step + 1) / (WARM_UP * steps)) * (1 - step / steps)
    )
    return optimiser, schedule


def _topics_loss(answers: torch.Tensor, truth: torch.Tensor) -> torch.Tensor:
    known = ~truth.isnan()
    each = functional.binary_cross_entropy_with_logits(answers, truth.nan_to_num(), reduction="none")
    return (each * known).sum() / len(truth)


def _class_loss(answers: torch.Tensor, truth: torch.Tensor) -> torch.Tensor:
    """The mean over the texts that have a class; 0 where none has."""
    total = functional.cross_entropy(answers, truth, ignore_index=UNLABELLED, reduction="sum")
    return total / max(1, int((truth != UNLABELLED).sum()))
