"""The rules of claims: pure functions over events, without clock, framework or input.

`edits/` says what is wrong with a bill before it goes out, `assembly` when and as what it goes
out, `denials` what came back and to whom, `accuracy` how often it was right the first time.
The dated tables behind them are in `data/`.
"""
