"""Scores a DeepFM or FM that `autodim export MODEL --format npz --out FOLDER` wrote, with numpy alone: python3 score_numpy.py FOLDER

Prints the largest difference of its golden rows' probabilities. docs/export.md describes the arrays; the plan's projection must be linear.
"""
import json, sys
import numpy as np


def rows_of(stored, table, ids):  # table rows as numbers, whatever the storage: (B, d)
    if table["storage"] == "Float32": return stored[ids]
    rows = np.ascontiguousarray(stored[ids])
    if table["storage"] == "Float16": return rows.view("<f2").astype(np.float32)
    if table["storage"] == "Float8": return (1 - 2.0 * (rows >> 7)) * np.where(rows & 120, np.ldexp(8 + (rows & 7).astype(int), (rows >> 3 & 15).astype(int) - 14), np.ldexp((rows & 7) / 8.0, -10))
    scale = np.where(rows[:, :1] > 0, (rows[:, :1].astype(np.uint32) + (101 << 3) << 20).view(np.float32), np.float32(0))
    if table["storage"] == "Int8": return rows[:, 1:].view(np.int8) * scale
    bits = {"Int4": 4, "Int3": 3, "Int2": 2}[table["storage"]]
    each = np.unpackbits(rows[:, 1:], axis=1, bitorder="little")[:, :table["dim"] * bits].reshape(len(ids), table["dim"], bits)
    codes = each @ (1 << np.arange(bits))
    return (codes - np.float32(8) if bits == 4 else codes * np.float32(2) - np.float32((1 << bits) - 1)) * scale


def prefixes(weights, table):  # every row of a table whose rows keep their first numbers
    kept, heads, rows = table["prefixes"], weights[f"{table['name']}.heads"], weights[f"{table['name']}.rows"].ravel()
    bits = 1 if len(kept) < 2 else 2 if len(kept) < 4 else 4 if len(kept) < 16 else 8
    codes = np.stack([heads[:, 4 * len(kept):] >> shift & (1 << bits) - 1 for shift in range(0, 8, bits)], 2).ravel()[:table["rows"]]
    numbers, at = np.zeros((table["rows"], table["dim"]), np.float32), 0
    for code, prefix in enumerate(kept):
        count, dim, storage = prefix["rows"], prefix["dim"], prefix.get("storage", table["storage"])
        if dim == 1 and storage.startswith("Int"): storage = "Float8"
        size = {"Float32": 4 * dim, "Float16": 2 * dim, "Float8": dim, "Int8": 1 + dim, "Int4": 1 + (dim + 1) // 2, "Int3": 1 + (3 * dim + 7) // 8, "Int2": 1 + (dim + 3) // 4}[storage]
        stored = rows[at:at + count * size].reshape(count, size)
        numbers[codes == code, :dim] = stored.copy().view("<f4") if storage == "Float32" else rows_of(stored, {"storage": storage, "dim": dim}, np.arange(count))
        at += count * size
    return numbers


def dense(weights, table):  # every row of a table of which only some numbers are stored
    if "prefixes" in table: return prefixes(weights, table)
    heads, rows = weights[f"{table['name']}.heads"], weights[f"{table['name']}.rows"].ravel()
    begins, filled = heads[:, :8].copy().view("<i8")[:, 0], heads[:, 8:].copy().view("<u4")[:, 0]
    numbers, bitmap = np.zeros((table["rows"], table["dim"]), np.float32), (table["dim"] + 7) // 8
    for row in range(table["rows"]):
        block, place = divmod(row, 32)
        at = begins[block] if place == 0 else at
        if not (int(filled[block]) >> place) & 1: continue
        kept = np.unpackbits(rows[at:at + bitmap], bitorder="little")[:table["dim"]].astype(bool)
        count = int(kept.sum())
        size = {"Float32": 4 * count, "Float16": 2 * count, "Float8": count, "Int8": 1 + count, "Int4": 1 + (count + 1) // 2}[table["storage"]]
        stored = rows[at + bitmap:at + bitmap + size]
        numbers[row, kept] = stored.view("<f4") if table["storage"] == "Float32" else rows_of(stored[None], {**table, "dim": count}, [0])[0]
        at += bitmap + size
    return numbers


def vector(stored, table, ids):  # each sample's vector; the mean where it has any number of values, padded with -1
    if ids.ndim == 1: return rows_of(stored, table, ids)
    mask = (ids >= 0).astype(np.float32)
    vectors = rows_of(stored, table, np.maximum(ids, 0).ravel()).reshape(*ids.shape, -1)
    return (vectors * mask[:, :, None]).sum(1) / np.maximum(mask.sum(1), 1)[:, None]


def score(weights, manifest, inputs):
    for table in manifest["tables"]:
        if "prefixes" in table or table.get("isSparse"): weights[table["name"]], table["storage"] = dense(weights, table), "Float32"
    fields = {table["name"]: vector(weights[table["name"]], table, np.array(inputs[table["field"]])) for table in manifest["tables"]}
    names = [table["field"] for table in manifest["tables"] if table["name"].startswith("embedding.")]
    v = [fields[f"embedding.{name}"] @ weights[f"map.{name}.weight"] + weights[f"map.{name}.bias"] if f"map.{name}.weight" in weights else fields[f"embedding.{name}"] for name in names]
    first = np.concatenate(v, 1) @ weights["linear"] if "linear" in weights else sum(fields[f"linear.{field['name']}"] for field in manifest["model"]["fields"])
    logit = weights["bias"][0, 0] + first[:, 0]
    logit = logit + (sum(v) ** 2 - sum(x ** 2 for x in v)).sum(1) / 2
    if manifest["model"]["model"] == "deepfm":
        x, layer = np.concatenate(v, 1), 0
        while f"mlp.{layer}.weight" in weights:
            x = x @ weights[f"mlp.{layer}.weight"] + weights[f"mlp.{layer}.bias"]
            if f"mlp.{layer}.norm.scale" in weights:
                scale, shift, mean, variance = (weights[f"mlp.{layer}.norm.{part}"] for part in ("scale", "shift", "mean", "variance"))
                x = scale * (x - mean) / np.sqrt(variance + 1e-5) + shift
            x, layer = np.maximum(x, 0), layer + 1
        logit = logit + (x @ weights["mlp.output.weight"] + weights["mlp.output.bias"])[:, 0]
    return 1 / (1 + np.exp(-logit))


if __name__ == "__main__":
    manifest, golden = (json.load(open(f"{sys.argv[1]}/{name}.json", encoding="utf-8")) for name in ("export", "golden"))
    inputs = {item["name"]: item["rows"] if item["isPadded"] else [row[0] for row in item["rows"]] for item in golden["inputs"]}
    weights = dict(np.load(f"{sys.argv[1]}/{manifest['model']['weights']['name']}"))
    difference = np.abs(score(weights, manifest, inputs) - np.array(golden["probability"])).max()
    print(f"{difference:.3g}")
    sys.exit(0 if difference < 1e-5 else 1)
