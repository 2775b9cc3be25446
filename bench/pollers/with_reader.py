"""lemon24/reader, polling when it is told: `PYTHON with_reader.py FOLDER WORKERS`.

It reads one URL a line, then an empty line, then a line for each time that it is to poll. Runs on a Python of its
own, where nothing of ours is installed.
"""

import pathlib
import sys

from reader import make_reader


def main(folder: str, workers: int) -> None:
    reader = make_reader(str(pathlib.Path(folder) / "reader.db"))
    for url in iter(sys.stdin.readline, "\n"):
        reader.add_feed(url.strip())
    print("ready", flush=True)
    while sys.stdin.readline():
        print("begins", flush=True)
        reader.update_feeds(workers=workers, scheduled=False)
        print(reader.get_entry_counts().total, flush=True)


main(sys.argv[1], int(sys.argv[2]))
