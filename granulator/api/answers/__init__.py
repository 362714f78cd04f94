"""The response models: the exact keys and types of every answer, published and tested; handlers do not build them."""
