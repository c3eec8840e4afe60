namespace AutoDim.Numerics;

/// <summary>One matrix product's operands and blocking, shared by the chunks of its loops.</summary>
internal sealed unsafe class GemmCall
{
    public MatrixView A { get; set; }

    public MatrixView B { get; set; }

    public MatrixView C { get; set; }

    public bool Accumulate { get; set; }

    public Real* Bias { get; set; }

    public bool Relu { get; set; }

    public Real* PackedB { get; set; }

    /// <summary>Where B stays packed for products to come; null: it is packed for this one.</summary>
    public KeptWeights? Kept { get; set; }

    /// <summary>Rows of C that one chunk computes.</summary>
    public int BlockRows { get; set; }

    /// <summary>Inner dimension that is summed in one go.</summary>
    public int InnerBlock { get; set; }

    public GemmScratch Scratch { get; set; } = null!;
}
