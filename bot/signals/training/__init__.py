"""How the shipped model is made from label files: `make train`. Needs `requirements/train.txt`, the bot does not."""
