using AutoDim.Export;

namespace AutoDim.Onnx;

/// <summary>The whole scorer as an ONNX graph, checked by ONNX Runtime.</summary>
internal sealed class OnnxFormat : IExportFormat
{
    public ExportFormat Format => ExportFormat.Onnx;

    public string Ending => ".onnx";

    public void Write(TrainedModel model, string path, ExportOptions options, RawInputs? raw)
    {
        var metadata = new Dictionary<string, string> { ["autodim"] = $"{ExportManifest.Version}", ["model"] = model.Manifest.Model, ["data"] = model.Manifest.Data };
        OnnxFile.Write(ScoringGraph.Of(model.Model, raw), path, metadata, options.ExternalAbove);
    }

    public (float[] Logits, float[] Probabilities) Score(string path, ModelManifest manifest, GoldenRows rows)
    {
        using var scorer = new OnnxScorer(path);
        return scorer.Score(rows.Inputs, rows.Count);
    }
}
