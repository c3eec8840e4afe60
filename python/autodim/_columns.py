"""Columns of numpy arrays, lists or a pandas frame as texts for the native library."""
import ctypes
import numbers

import numpy

from ._native import Column


def pointers(columns, only=None):
    """The columns as the header's autodim_column[], their number, and their rows.

    only: the names that are wanted, of those that are there; None: all. The array keeps alive what it points to.
    """
    names = [name for name in columns.keys() if only is None or str(name) in only]
    texts = {str(name): _texts(str(name), columns[name]) for name in names}
    rows = {name: len(values) for name, values in texts.items()}
    if len(set(rows.values())) > 1:
        raise ValueError(f"columns differ in their number of rows: {rows}")
    table = (Column * len(texts))()
    for column, (name, values) in zip(table, texts.items()):
        column.name = name.encode()
        column.values = (ctypes.c_char_p * len(values))(*values)
    return table, len(texts), next(iter(rows.values()), 0)


def _texts(name, values):
    """One bytes object for each value, None where it is missing."""
    array = numpy.asarray(values, dtype=None if hasattr(values, "dtype") else object)  # a list's values stay what they are
    if array.ndim != 1:
        raise ValueError(f"column {name!r} has shape {array.shape}, expected one value for each row")
    if array.dtype.kind == "b":
        array = array.astype(numpy.uint8)
    if array.dtype.kind in "iu":
        return array.astype("S").tolist()
    if array.dtype.kind == "f":
        return [_number(text) for text in array.astype("U").tolist()]
    if array.dtype.kind == "M":
        return [None if text == "NaT" else text.encode() for text in numpy.datetime_as_string(array).tolist()]
    return [_text(name, value) for value in array.tolist()]


def _number(text):
    """A whole number without its fraction, as a log has it: a missing value beside them has made floats of whole numbers."""
    return None if text == "nan" else text.removesuffix(".0").encode()


def _text(name, value):
    if value is None or type(value).__name__ in ("NAType", "NaTType"):  # pandas', which cannot be compared
        return None
    if isinstance(value, bytes):
        text = value
    elif isinstance(value, str):
        text = value.encode()
    elif isinstance(value, (bool, numpy.bool_)):
        text = b"1" if value else b"0"
    elif isinstance(value, numbers.Real):
        return _number(str(value))
    elif isinstance(value, (list, tuple, set, dict, numpy.ndarray)):
        raise TypeError(f"column {name!r} holds a {type(value).__name__}; give several values as one text, with the field's separator between them")
    else:
        text = str(value).encode()
    if b"\0" in text:
        raise ValueError(f"column {name!r} holds a text with a zero character, which cannot be told from its end: {value!r}")
    return text
