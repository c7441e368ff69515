"""Nats an image of binarised MNIST's test set, after so many CPU minutes of training.

    python benchmarks/mnist_nats.py FOLDER [--rows made plain-made] [--minutes 10] [--seeds 0 1 2]
        [--samples 500] [--test 10000] [--keep OUT] [--device cuda]

FOLDER holds MNIST's four IDX files. The training images are binarised afresh at every visit
(dynamic), the test images once, with seed 0. Every row trains on all 60,000 of them, on one
thread, for so many CPU minutes, so that other processes count little; the rows take turns,
seed by seed. On a GPU minutes are of the clock, and "pixelcnn" and "wide-vae" are for it. Scores are importance-weighted bounds of ``--samples`` draws of z (Burda et al.
2016, arXiv:1509.00519), for autoregressive models exact: negative log-likelihood in nats, the
lower the better, with the standard error over images.

pythae's VAE has its own default networks (512 hidden units), trained by its own trainer. The plain
MADE is the tutorials': 784-500-500-784 in the pixels' own order, a product of weights and masks at
every step, Adam at a constant 1e-3, batches of 100, the last weights.
"""

import argparse
import math
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from gan_presets import read_settings
from measuring import table
from threadpoolctl import threadpool_limits
from torch import Tensor, nn
from torch.nn import functional as F

import drawlike as dl
from drawlike.datasets.idx import load_idx
from drawlike.events import Event

PILOT = 1000  # steps that tell how long one takes; they are not counted
Score = Callable[[np.ndarray], np.ndarray]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rows", nargs="*", choices=ROWS, default=OF_A_LAPTOP)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seeds", nargs="*", type=int, default=[0])
    parser.add_argument("--samples", type=int, default=500)
    parser.add_argument("--test", type=int, default=10_000, help="how many test images")
    parser.add_argument("--keep", type=Path, help="a folder for the models and their samples")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--set", nargs="*", default=[], metavar="NAME=VALUE")
    options = parser.parse_args()
    torch.set_num_threads(1)
    train = load_idx(options.folder / "train-images-idx3-ubyte.gz")
    test = binarised(load_idx(options.folder / "t10k-images-idx3-ubyte.gz"), seed=0)
    lines = []
    with threadpool_limits(1):
        for seed in options.seeds:
            for name in options.rows:
                line = measured(name, train, test[: options.test], seed, options)
                print(line, flush=True)
                lines.append(line)
    head = ("row", "seed", "steps", "CPU s", "nats", "standard error")
    print(table(head, lines))


def measured(
    name: str, train: np.ndarray, test: np.ndarray, seed: int, options: argparse.Namespace
) -> list[Any]:
    steps, score, spent = ROWS[name](train, 60 * options.minutes, seed, options)
    nats = -np.concatenate([score(test[i : i + 500]) for i in range(0, len(test), 500)])
    return [name, seed, steps, round(spent), float(nats.mean()), nats.std() / len(nats) ** 0.5]


def ours(model: Any) -> Callable[..., tuple[int, Score, float]]:
    """A model of drawlike, which takes as many steps as the time is enough for."""

    def fit(train: np.ndarray, seconds: float, seed: int, options: Any) -> Any:
        fresh = dl.MODELS[model.name](**model.get_params(deep=False)).set_params(random_state=seed)
        fresh.set_params(device=options.device, **read_settings(options.set))
        if "importance_samples" in fresh.get_params():
            fresh.set_params(importance_samples=options.samples)
        if options.device == "cpu":
            clock = time.process_time
            fresh.set_params(max_steps=int(seconds / pace(fresh, train)))
        else:
            clock = time.monotonic
            fresh.set_params(max_steps=10**7, max_seconds=seconds)
        began, told = clock(), Told()
        fresh.fit(train, listener=told)
        if options.keep:
            fresh.save(options.keep / f"{model.name}-{seed}", overwrite=True)
        return told.steps, fresh.score_samples, clock() - began

    return fit


def pace(model: Any, train: np.ndarray) -> float:
    """CPU seconds a step takes, checks included."""
    seen: list[tuple[int, float]] = []

    def note(event: Event) -> None:
        if event.kind == "progress" and event.unit == "steps" and event.step:
            seen.append((event.step, time.process_time()))

    steps = model.max_steps
    model.set_params(max_steps=PILOT).fit(train, listener=note)
    model.set_params(max_steps=steps)
    (first, began), (last, ended) = seen[0], seen[-1]
    return (ended - began) / (last - first)


class Told:
    """Prints how a training goes, and remembers its steps."""

    steps, next_step = 0, 2000

    def __call__(self, event: Event) -> None:
        if event.name not in ("validation loss", "validation nats"):
            return
        self.steps = event.step or 0
        if self.steps >= self.next_step:
            self.next_step = self.steps + 2000
            print(f"  step {self.steps}: {event.value:.2f}", flush=True)


def pythae_vae(train: np.ndarray, seconds: float, seed: int, options: Any) -> Any:
    from pythae.data.datasets import BaseDataset, DatasetOutput
    from pythae.models import VAE, VAEConfig
    from pythae.trainers import BaseTrainer, BaseTrainerConfig
    from pythae.trainers.training_callbacks import TrainingCallback

    class Redrawn(BaseDataset):
        def __getitem__(self, index: int) -> Any:
            grey = self.data[index]
            return DatasetOutput(data=(torch.rand(grey.shape) < grey).float())

    class Timer(TrainingCallback):
        steps, began = 0, time.process_time()

        def on_train_step_end(self, training_config: Any, **kwargs: Any) -> None:
            self.steps += 1
            if time.process_time() - self.began > seconds:
                raise TimeoutError

    torch.manual_seed(seed)
    grey = torch.from_numpy(train[:, None] / np.float32(255))
    net = VAE(VAEConfig(input_dim=(1, 28, 28), latent_dim=32, reconstruction_loss="bce"))
    timer = Timer()
    with tempfile.TemporaryDirectory() as folder:
        trainer = BaseTrainer(
            net,
            train_dataset=Redrawn(grey, torch.ones(len(grey))),
            training_config=BaseTrainerConfig(
                output_dir=folder,
                num_epochs=10_000,
                learning_rate=1e-3,
                per_device_train_batch_size=100,
            ),
            callbacks=[timer],
        )
        timer.began = time.process_time()
        try:
            trainer.train()
        except TimeoutError:
            net.eval()
    return (
        timer.steps,
        lambda images: importance_weighted(net, images, options.samples),
        time.process_time() - timer.began,
    )


@torch.no_grad()
def importance_weighted(net: Any, images: np.ndarray, n: int) -> np.ndarray:
    """The bound of n draws for pythae's VAE, as its ``get_nll`` has it, many images at a time."""
    x = torch.from_numpy(images[:, None] / np.float32(255))
    coded, rng = net.encoder(x), torch.Generator().manual_seed(0)
    mean, log_var = coded.embedding, coded.log_covariance
    weights = []
    for _ in range(n):
        noise = torch.randn(mean.shape, generator=rng)
        z = mean + (0.5 * log_var).exp() * noise
        p = net.decoder(z)["reconstruction"].reshape(len(x), -1)
        log_p = -F.binary_cross_entropy(p, x.flatten(1), reduction="none").sum(1)
        weights.append(log_p + 0.5 * (noise.square() - z.square() + log_var).sum(1))
    return (torch.stack(weights).logsumexp(0) - math.log(n)).double().numpy()


class MaskedLinear(nn.Linear):
    """A linear map whose weights are multiplied by a mask at every call."""

    def __init__(self, mask: Tensor) -> None:
        super().__init__(mask.shape[1], mask.shape[0])
        self.register_buffer("mask", mask.float())

    def forward(self, x: Tensor) -> Tensor:
        return F.linear(x, self.weight * self.mask, self.bias)


def plain_made(train: np.ndarray, seconds: float, seed: int, options: Any) -> Any:
    torch.manual_seed(seed)
    grey = torch.from_numpy(train.reshape(len(train), -1) / np.float32(255))
    pixels, hidden = torch.arange(784), torch.arange(500) % 783
    net = nn.Sequential(
        MaskedLinear(hidden[:, None] >= pixels),
        nn.ReLU(),
        MaskedLinear(hidden[:, None] >= hidden),
        nn.ReLU(),
        MaskedLinear(pixels[:, None] > hidden),
    )
    optimizer = torch.optim.Adam(net.parameters(), 1e-3)
    began, steps = time.process_time(), 0
    while time.process_time() - began < seconds:
        for rows in torch.randperm(len(grey)).split(100):
            x = torch.bernoulli(grey[rows])
            loss = F.binary_cross_entropy_with_logits(net(x), x, reduction="none").sum(1).mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            steps += 1
            if time.process_time() - began > seconds:
                break

    @torch.no_grad()
    def score(images: np.ndarray) -> np.ndarray:
        x = torch.from_numpy(images.reshape(len(images), -1) // 255).float()
        nats = F.binary_cross_entropy_with_logits(net(x), x, reduction="none").sum(1)
        return -nats.double().numpy()

    return steps, score, time.process_time() - began


def binarised(images: np.ndarray, seed: int) -> np.ndarray:
    uniform = np.random.default_rng(seed).random(images.shape)
    return np.where(uniform < images / 255, 255, 0).astype(np.uint8)


ROWS: dict[str, Callable[..., Any]] = {
    "vae": ours(
        dl.VAE(
            pixels="binary",
            n_latent=40,
            channels=16,
            lr=3e-3,
            schedule="cosine",
            batch_size=100,
            patience=10_000,
            validation_fraction=0.02,
        )
    ),
    "pythae-vae": pythae_vae,
    "made": ours(
        dl.MADE(
            pixels="binary",
            schedule="cosine",
            patience=10_000,
            validation_fraction=0.02,
        )
    ),
    "plain-made": plain_made,
    "pixelcnn": ours(
        dl.PixelCNN(
            pixels="binary",
            n_features=128,
            n_layers=12,
            lr=2e-3,
            schedule="cosine",
            batch_size=128,
            patience=10_000,
            validation_fraction=0.02,
        )
    ),
    "wide-vae": ours(
        dl.VAE(
            pixels="binary",
            n_latent=40,
            channels=64,
            hidden=(512,),
            training_samples=8,
            prior="vamp",
            n_pseudo=500,
            lr=2e-3,
            schedule="cosine",
            batch_size=256,
            patience=10_000,
            validation_fraction=0.02,
        )
    ),
}
OF_A_LAPTOP = ("vae", "pythae-vae", "made", "plain-made")


if __name__ == "__main__":
    main()
