using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace AutoDim.Export;

/// <summary>How a model is exported.</summary>
public sealed record ExportOptions
{
    /// <value>Form of the model's file; default ONNX.</value>
    [Description("form of the model's file")]
    public ExportFormat Format { get; init; }

    /// <value>What the model's file takes; default table rows.</value>
    [Description("what the graph takes: table rows, or raw values, of which it makes rows itself (values: onnx)")]
    public ExportInputs Inputs { get; init; }

    /// <value>Raw files that together hold every value that training knew; of <see cref="ExportInputs.Values"/>, where the model has a vocabulary: it keeps hashes, not texts. Default none.</value>
    [Description("raw files with the values' texts, which a vocabulary does not keep: those the data was prepared from (with --inputs values)")]
    public IReadOnlyList<string> ValuesFrom { get; init; } = [];

    /// <value>Rows that are scored and shipped with the model to check it by, 2 to 10,000; default 64.</value>
    [Description("made-up rows that are shipped, with our scores, to check the model by"), Range(2, 10_000)]
    public int GoldenRows { get; init; } = 64;

    /// <value>Largest difference of a golden row's log-odds, 0 to 1, absolute for those below 1 and relative above; default 1e-4.</value>
    [Description("largest difference from our log-odds, relative for those above 1; a larger one fails the export"), Range(0.0, 1.0)]
    public double Tolerance { get; init; } = 1e-4;

    /// <value>Bytes of weights up to which an ONNX file holds them itself, 0 to 2,000,000,000; above, a file beside it does. Default 1,000,000,000. A larger file could not be read.</value>
    [Description("bytes of weights up to which model.onnx holds them itself; above, a file beside it (onnx)"), Range(0, 2_000_000_000)]
    public int ExternalAbove { get; init; } = 1_000_000_000;
}
