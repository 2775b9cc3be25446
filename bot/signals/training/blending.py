"""Fit the blend on items that the encoder has not learned from, so that its probabilities are honest."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt
import torch
from torch.nn import functional

from bot.model import Label
from bot.signals.blend import BlendFile, ChoiceWeights, TopicWeights, clipped
from bot.signals.document import read
from bot.signals.encoder import DIRECTIONS, KINDS, TOPICS
from bot.signals.evaluation.labels import Labelled
from bot.signals.facts import extract
from bot.signals.lexicon import Lexicon
from bot.signals.training.examples import UNLABELLED, direction_target, kind_target, topic_target
from bot.signals.wordlist import WordReading, read_words

DECAY = 0.003
STEPS = 300
DIRECTIONS_AT = slice(len(TOPICS), len(TOPICS) + len(DIRECTIONS))
KINDS_AT = slice(len(TOPICS) + len(DIRECTIONS), None)

Floats = npt.NDArray[np.float32]


def fit_blend(name: str, gate: float, answers: Floats, examples: Sequence[Labelled], lexicon: Lexicon) -> BlendFile:
    """The blend of `answers`, the encoder's to `examples`, with what `lexicon` says of them."""
    read_by_lexicon = [words_of(example, lexicon) for example in examples]
    known = [at for at, words in enumerate(read_by_lexicon) if words is not None]
    words = [each for each in read_by_lexicon if each is not None]
    answers, examples = answers[known], [examples[at] for at in known]
    truth = np.array([topic_target(example) for example in examples], np.float32)
    return BlendFile(
        name=name,
        gate=gate,
        topics={
            topic: _topic(topic, answers[:, : len(TOPICS)], words, truth[:, at]) for at, topic in enumerate(TOPICS)
        },
        direction=_choice(
            answers[:, DIRECTIONS_AT],
            [[each.directions[direction] for direction in DIRECTIONS] for each in words],
            [direction_target(example) for example in examples],
        ),
        kind=_choice(
            answers[:, KINDS_AT],
            [[each.kinds[kind] for kind in KINDS] for each in words],
            [kind_target(example) for example in examples],
        ),
    )


def words_of(example: Labelled, lexicon: Lexicon) -> WordReading | None:
    document = read(example.item, lexicon)
    return None if document is None else read_words(document, extract(document, lexicon), lexicon)


def _topic(topic: Label, answers: Floats, words: Sequence[WordReading], truth: Floats) -> TopicWeights:
    listed = np.array([[clipped(each.scores[topic])] for each in words], np.float32)
    features = torch.from_numpy(np.concatenate([answers, listed], 1))
    wanted = torch.from_numpy(truth)
    known = ~wanted.isnan()
    weights = torch.zeros(features.shape[1] + 1, requires_grad=True)

    def loss() -> torch.Tensor:
        scores = features[known] @ weights[1:] + weights[0]
        return functional.binary_cross_entropy_with_logits(scores, wanted[known]) + DECAY * weights[1:].square().sum()

    _minimise(loss, [weights])
    bias, first, second, third, lexicon = (round(float(weight), 4) for weight in weights)
    return TopicWeights(bias=bias, encoder=(first, second, third), lexicon=lexicon)


def _choice(answers: Floats, listed: Sequence[Sequence[float]], truth: Sequence[int]) -> ChoiceWeights:
    known = [at for at, wanted in enumerate(truth) if wanted != UNLABELLED]
    learned, terms = torch.from_numpy(answers)[known], torch.tensor(listed, dtype=torch.float32)[known]
    wanted = torch.tensor(truth)[known]
    scales = torch.tensor([1.0, 0.1], requires_grad=True)
    bias = torch.zeros(answers.shape[1], requires_grad=True)

    def loss() -> torch.Tensor:
        scores = scales[0] * learned + scales[1] * terms + bias
        return functional.cross_entropy(scores, wanted) + DECAY * (bias.square().sum() + scales.square().sum())

    _minimise(loss, [scales, bias])
    encoder, lexicon = (round(float(scale), 4) for scale in scales)
    return ChoiceWeights(bias=tuple(round(float(each), 4) for each in bias), encoder=encoder, lexicon=lexicon)


def _minimise(loss: Callable[[], torch.Tensor], weights: list[torch.Tensor]) -> None:
    optimiser = torch.optim.LBFGS(weights, max_iter=STEPS, line_search_fn="strong_wolfe")

    def closure() -> torch.Tensor:
        optimiser.zero_grad()
        value = loss()
        value.backward()
        return value

    optimiser.step(closure)
