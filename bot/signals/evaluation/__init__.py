"""How good the verdicts are, measured on labelled records. Pure: no store, no network.

In the order of the work: `labels` checks what a desk labelled, `metrics` and `resampling` are the maths of one topic,
`confusion` that of directions and kinds, `natural` what a stream would feel like, `mistakes` the records to look at;
`report` puts them together, `document` is its JSON form, `plot` its picture.
"""
