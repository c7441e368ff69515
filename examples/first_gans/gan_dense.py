"""The smallest one: noise of 100, 256 hidden units, an image; and 256 hidden units to judge it.

Where the usual tutorial goes wrong: **it swaps the labels.** The critic learns that real is 1
and generated 0; then the generator's step asks for 0 as well ("these are fake"), so that it
learns to be found out. Or it asks for 1 through a *critic that is still being trained in the
same step*, which learns that fake images are real.

No labels are written here. A loss is a pair of functions of the critic's outputs, and the
"non-saturating" one (Goodfellow et al. 2014, section 3) gives the generator
``-log D(fake)``, the critic's error if the draws were real. Each player's gradient is taken
with respect to its own weights alone.
"""

from first import learn

from drawlike import GAN

if __name__ == "__main__":
    learn(GAN.preset("first-256", random_state=0), "gan_dense")
