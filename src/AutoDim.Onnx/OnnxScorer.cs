using System.Globalization;
using AutoDim.Export;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace AutoDim.Onnx;

/// <summary>Scores by ONNX Runtime what <see cref="OnnxFile"/> wrote.</summary>
internal sealed class OnnxScorer : IDisposable
{
    /// <summary>What goes wrong comes as an exception; nothing is to be written beside it.</summary>
    private const OrtLoggingLevel Quiet = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL;

    private readonly string path;
    private readonly InferenceSession session;

    /// <param name="threads">Within an operator; 0: the runtime's choice.</param>
    /// <exception cref="AutoDimException">The file is damaged, or not a graph that the runtime takes.</exception>
    public OnnxScorer(string path, int threads = 0)
    {
        this.path = path;
        using var options = new SessionOptions { LogSeverityLevel = Quiet, IntraOpNumThreads = threads };
        session = Try(() => new InferenceSession(path, options));
    }

    /// <summary>Log-odds and probabilities of so many samples.</summary>
    /// <param name="inputs">Of any of which the first samples are taken.</param>
    public (float[] Logits, float[] Probabilities) Score(IReadOnlyList<GoldenInput> inputs, int samples)
    {
        using var batch = Prepare(inputs, samples);
        return batch.Score();
    }

    /// <summary>The same samples, to be scored as often as one likes.</summary>
    public PreparedBatch Prepare(IReadOnlyList<GoldenInput> inputs, int samples) => new(this, inputs.ToDictionary(input => input.Name, input => Value(input, samples)));

    public void Dispose() => session.Dispose();

    private OrtValue Value(GoldenInput input, int samples)
    {
        long[] shape = input.IsPadded ? [samples, input.Rows[0].Count] : [samples];
        if (input.Texts == null) return OrtValue.CreateTensorValueFromMemory(input.Rows.Take(samples).SelectMany(row => row).ToArray(), shape);
        string[] texts = [.. input.Texts.Take(samples).SelectMany(row => row)];
        if (!session.InputMetadata.TryGetValue(input.Name, out var found)) throw new AutoDimException($"'{path}' has no input '{input.Name}', of which its golden rows have values; export the model again");
        return found.ElementDataType switch
        {
            TensorElementType.String => Texts(texts, shape),
            TensorElementType.Double => OrtValue.CreateTensorValueFromMemory(Array.ConvertAll(texts, text => text.Length == 0 ? double.NaN : Parse<double>(text, input.Name)), shape),
            _ => OrtValue.CreateTensorValueFromMemory(Array.ConvertAll(texts, text => Parse<long>(text, input.Name)), shape),
        };
    }

    private static OrtValue Texts(string[] texts, long[] shape)
    {
        var value = OrtValue.CreateTensorWithEmptyStrings(OrtAllocator.DefaultInstance, shape);
        for (var i = 0; i < texts.Length; i++) value.StringTensorSetElementAt(texts[i].AsSpan(), i);
        return value;
    }

    private T Parse<T>(string text, string input)
        where T : ISpanParsable<T>
        => T.TryParse(text, CultureInfo.InvariantCulture, out var number) ? number : throw new AutoDimException($"'{path}' takes numbers of '{input}', and its golden rows have '{text}'; export the model again");

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

    /// <summary>Inputs as the runtime holds them.</summary>
    public sealed class PreparedBatch(OnnxScorer scorer, Dictionary<string, OrtValue> values) : IDisposable
    {
        private readonly RunOptions options = new() { LogSeverityLevel = Quiet };

        public (float[] Logits, float[] Probabilities) Score()
        {
            using var outputs = scorer.Try(() => scorer.session.Run(options, values, [ScoringGraph.Logit, ScoringGraph.Probability]));
            return (outputs[0].GetTensorDataAsSpan<float>().ToArray(), outputs[1].GetTensorDataAsSpan<float>().ToArray());
        }

        public void Dispose()
        {
            options.Dispose();
            foreach (var value in values.Values) value.Dispose();
        }
    }
}
