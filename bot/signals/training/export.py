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
    shape = {1: "pieces"}
    with tempfile.TemporaryDirectory() as scratch:
        whole = Path(scratch) / "whole.onnx"
        torch.onnx.export(
            _OneText(network).eval(),
            (torch.zeros(1, 8, table.positions.shape[1]),),
            str(whole),
            input_names=["vectors"],
            output_names=["answers"],
            dynamic_axes={"vectors": shape, "answers": shape},
            opset_version=OPSET,
            dynamo=False,
        )
        quantize_dynamic(whole, folder / "encoder.onnx", weight_type=QuantType.QInt8, per_channel=True)
    model = onnx.load(folder / "encoder.onnx")
    for node in model.graph.node:
        node.doc_string = ""  # where in the sources it came from: paths of the machine that trained it
    del model.metadata_props[:]
    onnx.save(model, folder / "encoder.onnx")
