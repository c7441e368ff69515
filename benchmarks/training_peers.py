"""A training step against torchgan's and pythae's trainers, with the same networks.

    python benchmarks/training_peers.py [--repeats 5] [--threads 1]

Each peer trains an epoch of 20,000 binary images of 28 x 28, 128 at a time, from a data
loader over tensors in memory, with copies of drawlike's networks and its loss, as its
documentation has it; what it does at an epoch's end is in it. drawlike takes as many steps as
its fit does, with checks, best weights and average. CPU seconds a step, alternating.

torchgan 0.1.0 (2021) wants torchvision for its pictures alone; an empty stand-in takes its
place where that cannot be imported. The versions in use are printed.
"""

import argparse
import contextlib
import copy
import importlib.metadata
import os
import sys
import tempfile
from collections.abc import Callable
from unittest import mock

import numpy as np
import torch
from measuring import spread, table
from torch import nn
from torch.utils.data import DataLoader, TensorDataset
from training_step import BATCH, CASES, begun, seconds

from drawlike.training import Clock, train

ROWS = 20_000
STEPS = ROWS // BATCH
Loop = Callable[[int], None]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    versions = {name: importlib.metadata.version(name) for name in ("torch", "torchgan", "pythae")}
    print(versions, f"{options.threads} thread(s)")
    head = ("peer", "its ms", "drawlike's ms", "ratio")
    lines = [compared("torchgan", "mlp-gan", torchgan), compared("pythae", "vae", pythae)]
    print(table(head, [line(options.repeats) for line in lines]))


def compared(
    peer: str, case: str, make: Callable[[dict[str, nn.Module], torch.Tensor], Loop]
) -> Callable[[int], list[str]]:
    def line(repeats: int) -> list[str]:
        rows = np.random.default_rng(0).random((ROWS, 28, 28)) > 0.7
        players, sampler, settings = begun(CASES[case], rows.astype(np.uint8))
        nets = {player.name: copy.deepcopy(player.net) for player in players}
        theirs = make(nets, torch.from_numpy(rows.reshape(ROWS, -1)).float())

        def ours(n: int) -> None:
            train(players, sampler, **settings | {"clock": Clock(n)})

        ours(20)
        with quiet():
            theirs(1)
            times = np.array([[seconds(f, STEPS) for f in (theirs, ours)] for _ in range(repeats)])
        return [
            peer,
            *(spread(1e3 * column) for column in times.T),
            spread(times[:, 0] / times[:, 1]),
        ]

    return line


@contextlib.contextmanager
def quiet():
    """Leave what peers print, and the files that they write, behind."""
    before = os.getcwd()
    with tempfile.TemporaryDirectory() as folder, open(os.devnull, "w") as nowhere:
        os.chdir(folder)
        try:
            with contextlib.redirect_stdout(nowhere), contextlib.redirect_stderr(nowhere):
                yield
        finally:
            os.chdir(before)


def torchgan(nets: dict[str, nn.Module], x: torch.Tensor) -> Loop:
    with contextlib.suppress(Exception):
        import torchvision  # noqa: F401
    if "torchvision" not in sys.modules:
        for name in ("torchvision", "torchvision.models", "torchvision.utils"):
            sys.modules[name] = mock.MagicMock()
    from torchgan.losses import MinimaxDiscriminatorLoss, MinimaxGeneratorLoss
    from torchgan.models import Discriminator, Generator
    from torchgan.trainer import Trainer

    class Draws(Generator):
        def __init__(self) -> None:
            super().__init__(100)
            self.net = copy.deepcopy(nets["generator"])

        def forward(self, z: torch.Tensor) -> torch.Tensor:
            return torch.tanh(self.net(z, z[:, :0]))

    class Judges(Discriminator):
        def __init__(self) -> None:
            super().__init__(784)
            self.net = copy.deepcopy(nets["critic"])

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return self.net(x, x[:, :0])

    adam = {"name": torch.optim.Adam, "args": {"lr": 2e-4, "betas": (0.5, 0.999)}}
    models = {
        "generator": {"name": Draws, "optimizer": adam},
        "discriminator": {"name": Judges, "optimizer": adam},
    }
    loader = DataLoader(TensorDataset(2 * x - 1, torch.zeros(len(x))), BATCH, shuffle=True)

    def loop(n: int) -> None:
        losses = [MinimaxGeneratorLoss(), MinimaxDiscriminatorLoss()]
        Trainer(models, losses, device=torch.device("cpu"), epochs=1, sample_size=64)(loader)

    return loop


def pythae(nets: dict[str, nn.Module], x: torch.Tensor) -> Loop:
    from pythae.data.datasets import BaseDataset
    from pythae.models import VAE, VAEConfig
    from pythae.models.base.base_utils import ModelOutput
    from pythae.models.nn import BaseDecoder, BaseEncoder
    from pythae.trainers import BaseTrainer, BaseTrainerConfig

    class Codes(BaseEncoder):
        def __init__(self) -> None:
            super().__init__()
            self.net = copy.deepcopy(nets["vae"].encoder)

        def forward(self, x: torch.Tensor) -> ModelOutput:
            mean, log_var = self.net(2 * x - 1, x[:, :0]).chunk(2, -1)
            return ModelOutput(embedding=mean, log_covariance=log_var)

    class Decodes(BaseDecoder):
        def __init__(self) -> None:
            super().__init__()
            self.net = copy.deepcopy(nets["vae"].decoder)

        def forward(self, z: torch.Tensor) -> ModelOutput:
            return ModelOutput(reconstruction=torch.sigmoid(self.net(z, z[:, :0])))

    config = VAEConfig(input_dim=(784,), latent_dim=20, reconstruction_loss="bce")
    training = BaseTrainerConfig(
        output_dir="out", num_epochs=1, per_device_train_batch_size=BATCH, no_cuda=True
    )
    data = BaseDataset(x, torch.zeros(len(x)))

    def loop(n: int) -> None:
        BaseTrainer(VAE(config, Codes(), Decodes()), data, None, training).train()

    return loop


if __name__ == "__main__":
    main()
