"""Many small codes per row → one string per row. Rows that are alike share one string, so a county packs fast."""

import polars as pl

Letters = str | tuple[pl.Expr, dict[int, str]]
_BITS = 2
_PER_WORD = 30


def packed(frame: pl.DataFrame, columns: list[Letters]) -> pl.Series:
    """One letter per column: a constant letter, or an expression of small integers (0 to 3) with their letters."""
    live = [column for column in columns if not isinstance(column, str)]
    if not live:
        return pl.Series("packed", ["".join(map(str, columns))], dtype=pl.String).new_from_index(0, frame.height)
    words = frame.select([_word(live[i : i + _PER_WORD]).alias(f"w{i // _PER_WORD}") for i in range(0, len(live), _PER_WORD)])
    kinds = words.unique()
    texts = kinds.with_columns(pl.concat_str(_parts(columns)).alias("packed"))
    return words.join(texts, on=words.columns, how="left", maintain_order="left")["packed"]


def _word(columns: list[tuple[pl.Expr, dict[int, str]]]) -> pl.Expr:
    word = pl.lit(0, dtype=pl.Int64)
    for place, (expr, _) in enumerate(columns):
        word = word + expr * (1 << (_BITS * place))
    return word


def _parts(columns: list[Letters]) -> list[pl.Expr]:
    parts, place = [], 0
    for column in columns:
        if isinstance(column, str):
            parts.append(pl.lit(column))
            continue
        word = pl.col(f"w{place // _PER_WORD}")
        code = (word // (1 << (_BITS * (place % _PER_WORD)))) % (1 << _BITS)
        parts.append(code.replace_strict(column[1], return_dtype=pl.String))
        place += 1
    return parts
