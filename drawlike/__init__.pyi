from .base import GenerativeModel as GenerativeModel
from .base import capabilities as capabilities
from .datasets import Dataset as Dataset
from .datasets import read as read
from .datasets import split as split
from .datasets import stream as stream
from .datasets import write as write
from .evaluation import Evaluation as Evaluation
from .evaluation import evaluate as evaluate
from .experiment import choose as choose
from .experiment import compare as compare
from .experiment import show as show
from .models import MODELS as MODELS
from .models import load as load
from .models.gan import GAN as GAN
from .models.gaussian import Gaussian as Gaussian
from .models.gaussian_hmm import GaussianHMM as GaussianHMM
from .models.gaussian_mixture import GaussianMixture as GaussianMixture
from .models.kde import KDE as KDE
from .models.made import MADE as MADE
from .models.pixelcnn import PixelCNN as PixelCNN
from .models.rbm import RBM as RBM
from .models.topk import TopK as TopK
from .models.transformer import Transformer as Transformer
from .models.vae import VAE as VAE
from .models.vaegan import VAEGAN as VAEGAN

__version__: str
