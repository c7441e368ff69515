"""A generator that is given an image with noise on it, and makes another one of it.

Where the usual tutorial goes wrong: **its generator ends in a softmax over ten classes**, left
over from a classifier, and ten probabilities are then shown as if they were an image. Numbers
that add up to one over a whole image are also nearly black. An image needs one output a pixel,
each between the darkest and the brightest on its own: a sigmoid, or a hyperbolic tangent for
pixels scaled to -1..1, as here.

And mind what it learns from: a generator that is given an image may simply hand it back.
``drawlike evaluate`` looks for such copies.
"""

from first import learn

from drawlike import GAN

if __name__ == "__main__":
    learn(GAN.preset("first-from-images", random_state=0), "gan_from_images")
