"""Noise of 100 through 256, 512 and 1,024 units to an image; 512, 256 and 128 units to judge it.

Where the usual tutorial goes wrong: **both players get the same loss.** The two networks are
chained into one model with one binary cross-entropy, one optimizer walks down it, and the
critic is helping the generator, or the generator the critic. A game needs two losses that
disagree: with one loss there is no critic, only a network that learns to call its own output
real, whatever it is.

A player here is a network, a loss and an optimizer of its own; the loop lets one step after
the other, and knows nothing else of them.
"""

from first import learn

from drawlike import GAN

if __name__ == "__main__":
    learn(GAN.preset("first-256-512-1024", random_state=0), "gan_deep")
