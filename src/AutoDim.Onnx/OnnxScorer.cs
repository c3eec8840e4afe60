using AutoDim.Export;
using Microsoft.ML.OnnxRuntime;

namespace AutoDim.Onnx;

/// <summary>Scores by ONNX Runtime what <see cref="OnnxFile"/> wrote.</summary>
internal sealed class OnnxScorer : IDisposable
{
    /// <summary>What goes wrong comes as an exception; nothing is to be written beside it.</summary>
    private const OrtLoggingLevel Quiet = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL;

    private readonly string path;
    private readonly InferenceSession session;

    /// <exception cref="AutoDimException">The file is damaged, or not a graph that the runtime takes.</exception>
    public OnnxScorer(string path)
    {
        this.path = path;
        using var options = new SessionOptions { LogSeverityLevel = Quiet };
        session = Try(() => new InferenceSession(path, options));
    }

    /// <summary>Log-odds and probabilities of so many samples.</summary>
    /// <param name="inputs">Of any of which the first samples are taken.</param>
    public (float[] Logits, float[] Probabilities) Score(IReadOnlyList<GoldenInput> inputs, int samples)
    {
        var values = inputs.ToDictionary(input => input.Name, input => Value(input, samples));
        try
        {
            using var options = new RunOptions { LogSeverityLevel = Quiet };
            using var outputs = Try(() => session.Run(options, values, [ScoringGraph.Logit, ScoringGraph.Probability]));
            return (outputs[0].GetTensorDataAsSpan<float>().ToArray(), outputs[1].GetTensorDataAsSpan<float>().ToArray());
        }
        finally
        {
            foreach (var value in values.Values) value.Dispose();
        }
    }

    public void Dispose() => session.Dispose();

    private static OrtValue Value(GoldenInput input, int samples)
    {
        long[] rows = [.. input.Rows.Take(samples).SelectMany(row => row)];
        return OrtValue.CreateTensorValueFromMemory(rows, input.IsPadded ? [samples, input.Rows[0].Count] : [samples]);
    }

    private TResult Try<TResult>(Func<TResult> run)
    {
        try
        {
            return run();
        }
        catch (OnnxRuntimeException exception)
        {
            throw new AutoDimException($"ONNX Runtime cannot score with '{path}': {exception.Message}", exception);
        }
    }
}
