"""The encoder as a network that can be trained: a BERT whose answer is the mean over the pieces of the text."""

from __future__ import annotations

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from bot.signals.encoder import ANSWERS
from bot.signals.pieces import Floats
from bot.signals.training.base import Base

DROPOUT = 0.1
IGNORED = -1e4  # added to the attention scores of padding


class Network(nn.Module):
    """From the vectors of the pieces, [texts, pieces, width], to answers for each piece, [texts, pieces, ANSWERS].

    The vectors of the words are not trained: they stay the published 4-bit ones, and words that no label holds
    keep their meaning.
    """

    def __init__(self, base: Base) -> None:
        super().__init__()
        self.norm = _norm(base, "emb.ln")
        self.dropout = nn.Dropout(DROPOUT)
        self.layers = nn.ModuleList(Layer(base, at) for at in range(base.layers))
        self.head = nn.Linear(base.width, ANSWERS)

    def forward(self, vectors: torch.Tensor, mask: torch.Tensor | None) -> torch.Tensor:
        """`mask` is true where a piece is no padding; None: nothing is."""
        bias = 0.0 if mask is None else (1 - mask.to(vectors.dtype))[:, None, None, :] * IGNORED
        state = self.dropout(self.norm(vectors))
        for layer in self.layers:
            state = layer(state, bias)
        answers: torch.Tensor = self.head(self.dropout(state))
        return answers


def pooled(answers: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """The answer to each text: the mean over its pieces, [texts, ANSWERS]."""
    weights = mask.unsqueeze(-1).to(answers.dtype)
    return (answers * weights).sum(1) / weights.sum(1)


class Layer(nn.Module):
    """One layer of a BERT: attention, then a network on each piece, each added to its input and normalised.

    Written out, since the export of `nn.TransformerEncoderLayer` fixes the length of the texts.
    """

    def __init__(self, base: Base, at: int) -> None:
        super().__init__()
        self.heads = base.heads
        names = ("q", "k", "v")
        self.attention = _linear(
            np.concatenate([base.matrix(f"l{at}.{name}.w") for name in names]),
            np.concatenate([base.tensor(f"l{at}.{name}.b") for name in names]),
        )
        self.output = _linear(base.matrix(f"l{at}.ao.w"), base.tensor(f"l{at}.ao.b"))
        self.attention_norm = _norm(base, f"l{at}.aln")
        self.widen = _linear(base.matrix(f"l{at}.fi.w"), base.tensor(f"l{at}.fi.b"))
        self.narrow = _linear(base.tensor(f"l{at}.fo.w").reshape(base.width, base.inner), base.tensor(f"l{at}.fo.b"))
        self.output_norm = _norm(base, f"l{at}.oln")
        self.dropout = nn.Dropout(DROPOUT)

    def forward(self, state: torch.Tensor, bias: torch.Tensor | float) -> torch.Tensor:
        state = self.attention_norm(state + self.dropout(self._attend(state, bias)))
        inner = functional.gelu(self.widen(state))
        result: torch.Tensor = self.output_norm(state + self.dropout(self.narrow(inner)))
        return result

    def _attend(self, state: torch.Tensor, bias: torch.Tensor | float) -> torch.Tensor:
        texts, pieces, width = state.shape
        split = self.attention(state).view(texts, pieces, 3, self.heads, width // self.heads)
        query, key, value = split.permute(2, 0, 3, 1, 4)
        scores = query @ key.transpose(-2, -1) * (width // self.heads) ** -0.5 + bias
        mixed = self.dropout(scores.softmax(-1)) @ value
        result: torch.Tensor = self.output(mixed.transpose(1, 2).reshape(texts, pieces, width))
        return result


def _linear(weights: Floats, bias: Floats) -> nn.Linear:
    layer = nn.Linear(weights.shape[1], weights.shape[0])
    layer.load_state_dict({"weight": torch.from_numpy(weights), "bias": torch.from_numpy(bias)})
    return layer


def _norm(base: Base, name: str) -> nn.LayerNorm:
    layer = nn.LayerNorm(base.width, eps=base.epsilon)
    layer.load_state_dict(
        {"weight": torch.from_numpy(base.tensor(f"{name}.w")), "bias": torch.from_numpy(base.tensor(f"{name}.b"))}
    )
    return layer
