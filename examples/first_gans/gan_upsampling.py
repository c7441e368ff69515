"""A generator that grows 7 x 7 x 256 numbers into an image; a critic of 1,024 hidden units.

Where the usual tutorial goes wrong: **it prints a loss that its generator maximises.** The
critic minimises ``-log D(real) - log(1 - D(fake))``, and the generator of the 2014 paper's
equation 1 *minimises* ``log(1 - D(fake))``, that is, maximises the second half of what is
printed. Reported as "the loss", it goes up when the generator gets better, and a reader who
waits for it to fall waits for the generator to lose. Worse, the code then hands that same
number to both optimizers.

Two losses have two names here, "critic loss" and "generator loss", and each player minimises
its own. Neither tells how good the images are: training watches the distance of draws to
images that it holds back, and keeps the generator that was nearest.
"""

from first import learn

from drawlike import GAN

if __name__ == "__main__":
    learn(GAN.preset("first-upsampling", random_state=0), "gan_upsampling")
