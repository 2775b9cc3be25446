"""The trained network as the files that the bot loads: 8-bit ONNX and NumPy arrays, no pickle."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import onnx
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from torch import nn

from bot.signals.training.fit import Table
from bot.signals.training.network import Network

OPSET = 17


class _OneText(nn.Module):
    """The network for one text at a time: nothing is padded, so nothing needs a mask."""

    def __init__(self, network: Network) -> None:
        super().__init__()
        self.network = network

    def forward(self, vectors: torch.Tensor) -> torch.Tensor:
        answers: torch.Tensor = self.network(vectors, None)
        return answers


def export(network: Network, table: Table, folder: Path) -> None:
    """Write `encoder.onnx`, `words.npy` and `positions.npy` into `folder`."""
    np.save(folder / "words.npy", table.words, allow_pickle=False)
    np.save(folder / "positions.npy", table.positions.astype(np.float16), allow_pickle=False)
    write_network(
        _OneText(network), table.positions.shape[1], folder / "encoder.onnx", answer="answers", per_piece=True
    )


def write_network(network: nn.Module, width: int, path: Path, *, answer: str, per_piece: bool) -> None:
    """Write `network`, from [1, pieces, width] to `answer`, as 8-bit ONNX; `per_piece`: the answer has pieces too."""
    shape = {1: "pieces"}
    with tempfile.TemporaryDirectory() as scratch:
        whole = Path(scratch) / "whole.onnx"
        torch.onnx.export(
            network.eval(),
            (torch.zeros(1, 8, width),),
            str(whole),
            input_names=["vectors"],
            output_names=[answer],
            dynamic_axes={"vectors": shape} | ({answer: shape} if per_piece else {}),
            opset_version=OPSET,
            dynamo=False,
        )
        quantize_dynamic(whole, path, weight_type=QuantType.QInt8, per_channel=True)
    model = onnx.load(path)
    for node in model.graph.node:
        node.doc_string = ""  # where in the sources it came from: paths of the machine that trained it
    del model.metadata_props[:]
    onnx.save(model, path)
