"""A variational autoencoder: an image through 20 units to 3 numbers, and back.

Where the usual tutorial goes wrong: **it averages one half of its loss and adds up the other.**
The bound is a sum over pixels minus the KL of the three latent numbers. With the *mean* of the
pixels' cross-entropy the KL weighs as many times too much as there are pixels, the encoder
says nothing, and every draw is the average image. And it counts grey pixels as if they were
probabilities of a coin, whose likelihood then is no likelihood.

Here both halves are sums, in nats an image; grey levels have a law of their own, and pixels of
two values are coins. An alarm says so if latent numbers carry nothing.
"""

from first import learn

from drawlike import VAE

if __name__ == "__main__":
    learn(VAE.preset("784-20-3-784", random_state=0), "vae", watched="validation loss")
