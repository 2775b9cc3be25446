"""Fit the gate: a linear model over hashed words and pairs, taught by labels and by the encoder's own answers.

The labels alone know too few words. The encoder, asked about many more texts, passes on what it learned from them
and from its pre-training; a person's label counts more than its guess.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import torch
from torch.nn import functional

from bot.signals.encoder import TOPICS
from bot.signals.gate import SIZE

EPOCHS = 6
BATCH = 256
RATE = 0.05
LABEL_COUNTS = 4.0  # times a guess of the encoder
SEED = 1


def fit_gate(
    rows: Sequence[Sequence[int]], wanted: npt.NDArray[np.float32], weights: npt.NDArray[np.float32]
) -> npt.NDArray[np.float16]:
    """The table of `gate.npy`: a row of weights for each hash, [SIZE + 1, topics]; the last row is the bias.

    `rows` are the hashes of each text, `wanted` the probability of each topic (NaN: not known), `weights` how much
    each text counts.
    """
    torch.manual_seed(SEED)
    texts = [torch.tensor(list(each) or [SIZE]) for each in rows]
    truth, counts = torch.from_numpy(wanted), torch.from_numpy(weights)
    table = torch.zeros(SIZE + 1, len(TOPICS), requires_grad=True)
    bias = torch.full((len(TOPICS),), -3.0, requires_grad=True)
    optimiser = torch.optim.Adam([table, bias], lr=RATE)
    for epoch in range(EPOCHS):
        optimiser.param_groups[0]["lr"] = RATE * (1 - epoch / EPOCHS)
        for batch in torch.randperm(len(texts)).split(BATCH):
            loss = _loss(table, bias, [texts[at] for at in batch.tolist()], truth[batch], counts[batch])
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
    with torch.no_grad():
        table[SIZE] = bias
    result: npt.NDArray[np.float16] = table.detach().numpy().astype(np.float16)
    return result


def _loss(
    table: torch.Tensor, bias: torch.Tensor, texts: list[torch.Tensor], wanted: torch.Tensor, counts: torch.Tensor
) -> torch.Tensor:
    scale = torch.tensor([1 / math.sqrt(len(each)) for each in texts])
    starts = torch.tensor([0, *(len(each) for each in texts[:-1])]).cumsum(0)
    scores = functional.embedding_bag(torch.cat(texts), table, starts, mode="sum") * scale[:, None] + bias
    each = functional.binary_cross_entropy_with_logits(scores, wanted.nan_to_num(), reduction="none")
    return (each * ~wanted.isnan() * counts[:, None]).sum() / counts.sum()
