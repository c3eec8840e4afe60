using System.Globalization;

namespace AutoDim.Runs;

/// <summary>What a user asks of the slim model: at most so many bytes, or to lose at most so much.</summary>
/// <param name="Bytes">Most deployed embedding bytes.</param>
/// <param name="AucLoss">Most validation AUC lost against the full model.</param>
/// <param name="LogLossRise">Most validation logloss added to the full model's.</param>
internal sealed record Goal(long? Bytes, double? AucLoss, double? LogLossRise)
{
    /// <summary>The goal of a run; null where none is stated.</summary>
    /// <param name="fullBytes">The full model's deployed embedding bytes.</param>
    /// <exception cref="AutoDimException">Two are stated, or one cannot be read.</exception>
    public static Goal? Of(RunOptions options, long fullBytes)
    {
        var stated = new[] { options.Budget != null, options.Within != null, options.WithinLogloss != null }.Count(given => given);
        if (stated > 1) throw new AutoDimException("--budget, --within and --within-logloss are different goals; state one");
        return stated == 0 ? null : new Goal(options.Budget is { } budget ? ByteSize.Parse(budget, fullBytes) : null, options.Within is { } within ? Loss(within) : null, options.WithinLogloss);
    }

    /// <summary>Whether a model's validation figures keep to it, beside the full model's.</summary>
    public bool IsMet(TrainedVariant model, TrainedVariant full) => AucLoss is { } loss ? full.ValidAuc - model.ValidAuc <= loss : model.ValidLogloss - full.ValidLogloss <= LogLossRise;

    /// <summary>For notes: "0.001 of AUC".</summary>
    public override string ToString() => Bytes is { } bytes ? ByteSize.Show(bytes) : string.Create(CultureInfo.InvariantCulture, $"{AucLoss ?? LogLossRise} of {(AucLoss != null ? "AUC" : "logloss")}");

    /// <summary>"0.1%" of the AUC's range, or "0.001".</summary>
    private static double Loss(string text)
    {
        var isShare = text.TrimEnd().EndsWith('%');
        return double.TryParse(text.TrimEnd().TrimEnd('%'), NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && number is >= 0 and <= 100 && (isShare || number <= 1)
            ? isShare ? number / 100 : number
            : throw new AutoDimException($"--within is '{text}', expected how much AUC the model may lose, such as 0.1% or 0.001");
    }
}
