"""lemon24/reader, polling when it is told: `PYTHON with_reader.py FOLDER WORKERS [HOOK]`.

New entries are posted to HOOK, where there is one, but for those of the first look.

It reads one URL a line, then an empty line, then a line for each time that it is to poll. Runs on a Python of its
own, where nothing of ours is installed.
"""

import pathlib
import sys

import requests
from reader import EntryUpdateStatus, make_reader
from reader._types import EntryData


def main(folder: str, workers: int, hook: str = "") -> None:
    reader = make_reader(str(pathlib.Path(folder) / "reader.db"))
    looked = False

    def tell(reader: object, entry: EntryData, status: EntryUpdateStatus) -> None:
        if looked and status is EntryUpdateStatus.NEW:
            requests.post(hook, json={"text": f"{entry.title} {entry.link}"}, timeout=10)

    if hook:
        reader.after_entry_update_hooks.append(tell)
    for url in iter(sys.stdin.readline, "\n"):
        reader.add_feed(url.strip())
    print("ready", flush=True)
    while sys.stdin.readline():
        print("begins", flush=True)
        reader.update_feeds(workers=workers, scheduled=False)
        looked = True
        print(reader.get_entry_counts().total, flush=True)


main(sys.argv[1], int(sys.argv[2]), *sys.argv[3:])
