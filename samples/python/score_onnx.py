"""Scores an ONNX graph that `autodim export MODEL --out FOLDER` wrote, with numpy alone: python3 score_onnx.py FOLDER

Prints the largest difference of its golden rows' log-odds, relative for those above 1. Of ONNX (https://onnx.ai) it knows what autodim writes.
"""
import json, sys
from collections import defaultdict
import numpy as np

TYPES = {1: np.dtype("<f4"), 2: np.dtype("u1"), 3: np.dtype("i1"), 7: np.dtype("<i8"), 10: np.dtype("<f2"), 11: np.dtype("<f8")}


def varint(message, at):
    value = shift = 0
    while True:
        value, at, byte, shift = value | (message[at] & 127) << shift, at + 1, message[at], shift + 7
        if byte < 128: return value - (1 << 64) if value >> 63 else value, at


def fields(message):  # of a protobuf message: the values of each field by its number
    found, at = defaultdict(list), 0
    while at < len(message):
        key, at = varint(message, at)
        value, at = varint(message, at)
        if key & 7 == 2: value, at = message[at:at + value], at + value  # a text, bytes, or a message within
        found[key >> 3].append(value)
    return found


def numbers(values):  # one by one, or packed
    for value in values:
        at = 0
        if isinstance(value, int): yield value
        while not isinstance(value, int) and at < len(value):
            number, at = varint(value, at)
            yield number


def text(values): return bytes(values[0]).decode() if values else ""


def tensor(message, folder):
    shape, kind, raw = list(numbers(message[1])), TYPES[message[2][0]], message[9][0] if message[9] else b""
    external = {text(entry[1]): text(entry[2]) for entry in map(fields, message[13])}  # large weights lie in a file beside
    if external: return np.memmap(f"{folder}/{external['location']}", kind, "r", int(external["offset"]), tuple(shape))
    return np.frombuffer(raw, kind).reshape(shape)


def attributes(messages):
    return {text(item[1]): list(map(bytes, item[9])) or list(numbers(item[8])) or text(item[4]) or (item[3] or [0])[0] for item in map(fields, messages)}


def divide(a, b): return a / b if a.dtype.kind == "f" else np.sign(a) * np.sign(b) * (np.abs(a) // np.abs(b))


def softmax(x):
    powers = np.exp(x - x.max(-1, keepdims=True))
    return powers / powers.sum(-1, keepdims=True)


def reshape(x, shape, allowzero=0): return x.reshape([x.shape[i] if n == 0 and not allowzero else n for i, n in enumerate(shape)])


def slices(x, first, last, axes): return x[tuple(slice(first[0], last[0]) if axis == axes[0] else slice(None) for axis in range(x.ndim))]


def labels(x, keys_strings, values_int64s, default_int64=-1):
    known = {key.decode(): value for key, value in zip(keys_strings, values_int64s)}
    return np.array([known.get(value, default_int64) for value in x.ravel()], np.int64).reshape(x.shape)


OPERATORS = {
    "Add": np.add, "Sub": np.subtract, "Mul": np.multiply, "Div": divide, "Mod": np.mod, "Max": np.maximum, "MatMul": np.matmul, "Gemm": lambda a, b, c: a @ b + c,
    "Relu": lambda x: np.maximum(x, 0), "Tanh": np.tanh, "Sigmoid": lambda x: 1 / (1 + np.exp(-x)), "Softmax": lambda x, axis: softmax(x), "Log": np.log, "Floor": np.floor,
    "Equal": np.equal, "Greater": np.greater, "GreaterOrEqual": np.greater_equal, "IsNaN": np.isnan, "Where": np.where, "BitwiseAnd": np.bitwise_and, "BitShift": lambda a, b, direction: a >> b,
    "Concat": lambda *parts, axis: np.concatenate(parts, axis), "Reshape": reshape, "Shape": lambda x, start, end: np.array(x.shape[start:end], np.int64), "Unsqueeze": lambda x, axes: np.expand_dims(x, tuple(axes)),
    "Transpose": lambda x, perm: x.transpose(perm), "ReduceSum": lambda x, axes, keepdims: x.sum(tuple(axes), keepdims=bool(keepdims), dtype=x.dtype), "Gather": lambda x, ids, axis: np.take(x, ids, axis),
    "GatherElements": lambda x, ids, axis: np.take_along_axis(x, ids, axis), "Slice": slices, "Pad": lambda x, pads: np.pad(x, [(pads[i], pads[i + x.ndim]) for i in range(x.ndim)]),
    "Cast": lambda x, to: x.astype(TYPES[to]), "LabelEncoder": labels,
}


def score(folder, name, inputs):  # what the graph's outputs are, by name
    with open(f"{folder}/{name}", "rb") as file: graph = fields(fields(memoryview(file.read()))[7][0])
    values = {text(constant[8]): tensor(constant, folder) for constant in map(fields, graph[5])}
    for given in map(fields, graph[11]):
        kind = fields(fields(given[2][0])[1][0])[1][0]
        values[text(given[1])] = np.array(inputs[text(given[1])], object) if kind == 8 else np.array(inputs[text(given[1])], TYPES[kind])
    with np.errstate(all="ignore"):
        for node in map(fields, graph[1]):
            values[text(node[2])] = OPERATORS[text(node[4])](*(values[bytes(name).decode()] for name in node[1]), **attributes(node[5]))
    return {name: values[name] for name in (text(output[1]) for output in map(fields, graph[12]))}


if __name__ == "__main__":
    manifest, golden = (json.load(open(f"{sys.argv[1]}/{name}.json", encoding="utf-8")) for name in ("export", "golden"))
    inputs = {}
    for taken, item in zip(manifest["inputs"], golden["inputs"]):
        rows = item.get("texts") or item["rows"]
        if taken.get("rawType") == "Float64": rows = [[float(value or "nan") for value in row] for row in rows]
        inputs[item["name"]] = rows if item["isPadded"] else [row[0] for row in rows]
    found, expected = score(sys.argv[1], manifest["model"]["weights"]["name"], inputs)["logit"], np.array(golden["logit"], np.float32)
    difference = (np.abs(found.astype(float) - expected) / np.maximum(1, np.abs(expected))).max()
    print(f"{difference:.3g}")
    sys.exit(0 if difference < 1e-4 else 1)
