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
    codes = rows[:, 1:].view(np.int8) if table["storage"] == "Int8" else np.stack([rows[:, 1:] & 15, rows[:, 1:] >> 4], 2).reshape(len(ids), -1)[:, :table["dim"]] - np.float32(8)
    return codes * scale


def vector(stored, table, ids):  # each sample's vector; the mean where it has any number of values, padded with -1
    if ids.ndim == 1: return rows_of(stored, table, ids)
    mask = (ids >= 0).astype(np.float32)
    vectors = rows_of(stored, table, np.maximum(ids, 0).ravel()).reshape(*ids.shape, -1)
    return (vectors * mask[:, :, None]).sum(1) / np.maximum(mask.sum(1), 1)[:, None]


def score(weights, manifest, inputs):
    fields = {table["name"]: vector(weights[table["name"]], table, np.array(inputs[table["field"]])) for table in manifest["tables"]}
    names = [table["field"] for table in manifest["tables"] if table["name"].startswith("embedding.")]
    v = [fields[f"embedding.{name}"] @ weights[f"map.{name}.weight"] + weights[f"map.{name}.bias"] if f"map.{name}.weight" in weights else fields[f"embedding.{name}"] for name in names]
    logit = weights["bias"][0, 0] + sum(fields[f"linear.{field['name']}"][:, 0] for field in manifest["model"]["fields"])
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
