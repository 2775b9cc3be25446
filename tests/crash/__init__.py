"""Kills the real program at random moments, over and over, and looks afterwards whether every promise was kept.

    python -m tests.crash --kills 300 --database sqlite
    python -m tests.crash --kills 300 --database postgres --workers 2

`python -m bot run` runs against the fakes of `tests.fakes`, which live in this process, outlast it and keep what
they were sent. `newsroom` invents stories and how they go on; `sky` makes the weather; `campaign` starts, kills and
starts again; `checker` holds what people see at the end against what was published, and against the outbox.
"""
