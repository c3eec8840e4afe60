namespace AutoDim.Export;

/// <summary>A form that models are exported in.</summary>
internal interface IExportFormat
{
    ExportFormat Format { get; }

    /// <summary>What its files' names end in, as in ".onnx".</summary>
    string Ending { get; }

    /// <summary>Writes a model, and further files beside it where need be, their names beginning with its own.</summary>
    /// <param name="raw">What it is to make table rows of; null: it takes table rows.</param>
    void Write(TrainedModel model, string path, ExportOptions options, RawInputs? raw);

    /// <summary>Log-odds and probabilities of rows by what lies in a file, read anew.</summary>
    /// <exception cref="AutoDimException">The file cannot be scored with.</exception>
    (float[] Logits, float[] Probabilities) Score(string path, ModelManifest manifest, GoldenRows rows);
}
