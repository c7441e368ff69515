"""Noise of 128 through 128 and 1,024 batch-normalised units to an image; 1,024 and 128 to judge it.

Where the usual tutorial goes wrong: **it draws its batch by ``np.random.choice(images, 128)``.**
``choice`` takes a list of things, and an array of images has three dimensions, so it stops with
"a must be 1-dimensional"; flattened to make the message go away, it draws single pixels. Draw
*positions*: ``images[rng.integers(len(images), size=128)]``. Better, go through a shuffled
order, so that every image is seen as often as the others, which is what happens here.

Batch normalisation makes what is said of one image depend on the images beside it. So real and
generated batches are judged apart, and a drawn image never depends on its neighbours.
"""

from first import learn

from drawlike import GAN

if __name__ == "__main__":
    learn(GAN.preset("first-128-1024", random_state=0), "gan_batchnorm")
