"""When sources are asked: a day of feeds with a rhythm, against a fixed pause."""
