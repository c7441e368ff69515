"""Images from what was seen of them: noisy, in part, or small."""
